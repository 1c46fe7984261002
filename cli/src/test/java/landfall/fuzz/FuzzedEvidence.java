package landfall.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import landfall.evidence.EvidenceException;
import landfall.evidence.EvidenceFolder;

/** The JSON files of a sealed folder of evidence. The first byte chooses which one. */
public final class FuzzedEvidence {
  private static final List<String> NAMES =
      List.of(
          "run.json",
          "trials/0001/verdict.json",
          "models/MCPreCopy/result.json",
          "report.json",
          "MANIFEST.sha256");
  private static final String RUN =
      """
      {"run":{"command":"campaign reference","implementation":{"name":"reference",\
      "version":"1"},"seed":1},"finished":true}""";

  private static Path folder;

  private FuzzedEvidence() {}

  private static Path folder() throws IOException {
    if (folder == null) {
      folder = Files.createTempDirectory("fuzzed");
      Files.createDirectories(folder.resolve("trials/0001"));
      Files.createDirectories(folder.resolve("models/MCPreCopy"));
      // What is named last goes first.
      for (String each : List.of("", "trials", "trials/0001", "models", "models/MCPreCopy")) {
        folder.resolve(each).toFile().deleteOnExit();
      }
      NAMES.forEach(each -> folder.resolve(each).toFile().deleteOnExit());
    }
    return folder;
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length == 0) {
      return;
    }
    String chosen = NAMES.get((data[0] & 0xff) % NAMES.size());
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put("run.json", RUN.getBytes(StandardCharsets.UTF_8));
    files.put(chosen, Arrays.copyOfRange(data, 1, data.length));
    for (String name : NAMES) {
      if (files.containsKey(name)) {
        Files.write(folder().resolve(name), files.get(name));
      } else {
        Files.deleteIfExists(folder().resolve(name));
      }
    }
    if (!files.containsKey("MANIFEST.sha256")) {
      var manifest = new StringBuilder();
      files.forEach(
          (name, bytes) -> manifest.append(sha256(bytes)).append("  ").append(name).append('\n'));
      Files.writeString(folder.resolve("MANIFEST.sha256"), manifest);
    }
    try {
      EvidenceFolder evidence = EvidenceFolder.open(folder);
      evidence.plan();
      evidence.finishedTrials();
      switch (chosen) {
        case "trials/0001/verdict.json" -> evidence.readTrial(1);
        case "models/MCPreCopy/result.json" -> evidence.readModels();
        case "report.json" -> evidence.readReport();
        default -> evidence.run();
      }
    } catch (EvidenceException refused) {
      FuzzedWire.requireCause(refused);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
