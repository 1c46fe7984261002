package landfall.evidence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The folder of one run's evidence.
 *
 * <pre>
 * DIR/  run.json  report.json  report.html  junit.xml  results.sarif  MANIFEST.sha256
 *       models/&lt;Model&gt;/result.json, counterexample.txt, ...
 *       trials/&lt;NNNN&gt;/verdict.json, schedule.json, history.edn, trace.ndjson, log/ ...
 * </pre>
 *
 * <p>{@code MANIFEST.sha256} is written last, by {@link #seal}, in the form of {@code sha256sum};
 * it is checked when the folder is opened for reading. Files written through this class appear
 * whole or not at all, so a run that is killed leaves nothing torn. Files that processes append to
 * (logs, traces) may be written straight into {@link #trial}.
 */
public final class EvidenceFolder {

  private static final String MANIFEST = "MANIFEST.sha256";
  private static final String RUN = "run.json";
  private static final String REPORT = "report.json";
  private static final String TEMPORARY = ".landfall-tmp";
  private static final String LOCK = "run.lock";

  /** Locks last as long as the process. */
  private static final Set<FileChannel> LOCKS = ConcurrentHashMap.newKeySet();

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /**
   * Content of run.json. {@code finished} is set by the seal of a run that did all its work.
   *
   * @param plan null until the run has said what it is going to do
   */
  private record RunFile(RunIdentity run, Plan plan, boolean finished) {
    RunFile {
      Require.present("run", run);
    }
  }

  private final Path root;
  private final RunIdentity run;
  private Plan plan;

  private EvidenceFolder(Path root, RunIdentity run) {
    this.root = root;
    this.run = run;
  }

  /**
   * Opens a folder to write the evidence of a run. The folder is new, or empty, or holds the same
   * run unfinished, which is then taken up again (see {@link #finishedTrials}).
   *
   * @throws EvidenceException if the folder holds anything else, or cannot be written
   */
  public static EvidenceFolder openForRun(Path folder, RunIdentity run) throws IOException {
    Require.present("run", run);
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new EvidenceException(
          folder + " is a file; give a folder that is new or empty for the evidence", e);
    } catch (IOException e) {
      throw new EvidenceException(
          "cannot create the evidence folder " + folder + ": " + reason(e), e);
    }
    var evidence = new EvidenceFolder(folder, run);
    // The lock comes first: until it is held, another run may fill the folder. A folder of somebody
    // else gets no lock file.
    if (!Files.exists(folder.resolve(LOCK))) {
      evidence.requireOursOrEmpty();
    }
    evidence.lock();
    evidence.requireOursOrEmpty();
    if (!Files.exists(folder.resolve(RUN))) {
      evidence.writeJson(RUN, new RunFile(run, null, false));
      return evidence;
    }
    evidence.requireRegular(RUN);
    RunFile there = evidence.readJson(RUN, RunFile.class);
    if (!run.equals(there.run())) {
      throw new EvidenceException(
          folder
              + " holds the evidence of another run ("
              + there.run()
              + "), this one is "
              + run
              + "; give a folder that is new or empty");
    }
    if (there.finished()) {
      throw new EvidenceException(
          folder
              + " holds this run already, finished; look at "
              + folder.resolve("report.html")
              + ", or give a folder that is new or empty");
    }
    evidence.plan = there.plan();
    // The evidence is about to change, so the old seal must not vouch for it.
    Files.deleteIfExists(folder.resolve(MANIFEST));
    return evidence;
  }

  private void requireRegular(String name) throws EvidenceException {
    Path file = root.resolve(name);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new EvidenceException(file + " is no regular file; give a folder that is new or empty");
    }
  }

  private void requireOursOrEmpty() throws IOException {
    boolean empty;
    try (var entries = Files.list(root)) {
      empty = entries.allMatch(entry -> entry.getFileName().toString().equals(LOCK));
    } catch (IOException e) {
      throw new EvidenceException("cannot read the evidence folder " + root + ": " + reason(e), e);
    }
    if (!empty && !Files.exists(root.resolve(RUN))) {
      throw new EvidenceException(
          root + " is not empty and holds no Landfall run; give a folder that is new or empty");
    }
  }

  /**
   * Locks the folder until the process ends: two runs that write into one folder would spoil each
   * other. The file is never replaced or removed, since a lock on a file that is gone keeps nobody
   * out.
   */
  private void lock() throws IOException {
    try {
      requireRegular(LOCK);
      FileChannel file =
          FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (file.tryLock() == null) {
        file.close();
        throw new EvidenceException(
            root
                + " is being written by another run; wait for its end, or give a folder that is new"
                + " or empty");
      }
      // Kept: an unreachable channel is closed, and its lock is gone.
      LOCKS.add(file);
    } catch (OverlappingFileLockException sameProcess) {
      // This process has the lock already, from a run that has ended.
    } catch (EvidenceException locked) {
      throw locked;
    } catch (IOException e) {
      throw new EvidenceException("cannot write " + root + ": " + reason(e), e);
    }
  }

  /**
   * Opens a sealed folder for reading, after checking every file against the manifest.
   *
   * @throws EvidenceException if it is no evidence folder, or a file is missing, added or changed
   */
  public static EvidenceFolder open(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new EvidenceException(
          Files.exists(folder)
              ? folder + " is a file; give the folder of a run"
              : folder + " does not exist; give the folder of a run");
    }
    if (!Files.exists(folder.resolve(RUN))) {
      throw new EvidenceException(
          folder + " holds no Landfall run (it has no " + RUN + "); give the folder of a run");
    }
    var unidentified = new EvidenceFolder(folder, null);
    unidentified.checkManifest();
    RunFile there = unidentified.readJson(RUN, RunFile.class);
    var evidence = new EvidenceFolder(folder, there.run());
    evidence.plan = there.plan();
    evidence.requireNamesOfTrials();
    return evidence;
  }

  /** A folder such as {@code trials/00001} would count trial 1 twice. */
  private void requireNamesOfTrials() throws IOException {
    for (String name : namesIn("trials")) {
      if (!name.matches("0*[1-9][0-9]{0,8}")
          || !trialName(Integer.parseInt(name)).endsWith("/" + name)) {
        throw new EvidenceException(
            root.resolve("trials").resolve(name)
                + " is no trial; trials are named 0001, 0002, ...");
      }
    }
  }

  /** Records what the run sets out to do; called before the work begins. */
  public void plan(Plan planned) throws IOException {
    plan = Require.present("plan of the run", planned);
    writeJson(RUN, new RunFile(run, plan, false));
  }

  /** What the run set out to do; empty if it did not say. */
  public Optional<Plan> plan() {
    return Optional.ofNullable(plan);
  }

  /** The folder itself. */
  public Path root() {
    return root;
  }

  /** The run whose evidence this is. */
  public RunIdentity run() {
    return run;
  }

  /** The folder of a trial, created if need be: {@code trials/0007}. */
  public Path trial(int id) throws IOException {
    return Files.createDirectories(root.resolve(trialName(id)));
  }

  /** The folder of a model, created if need be: {@code models/MCPreCopy}. */
  public Path model(String model) throws IOException {
    return Files.createDirectories(root.resolve(modelName(model)));
  }

  /** Writes {@code trials/NNNN/verdict.json}, which marks the trial as finished. */
  public void writeTrial(TrialResult trial) throws IOException {
    writeJson(trialName(trial.id()) + "/verdict.json", trial);
  }

  /** Reads {@code trials/NNNN/verdict.json}. */
  public TrialResult readTrial(int id) throws IOException {
    return readJson(trialName(id) + "/verdict.json", TrialResult.class);
  }

  /** Ids of the trials that have a verdict, ascending. A run taken up again leaves these out. */
  public List<Integer> finishedTrials() throws IOException {
    var ids = new ArrayList<Integer>();
    for (String name : namesIn("trials")) {
      if (name.matches("0*[1-9][0-9]{0,8}")
          && Files.exists(root.resolve("trials").resolve(name).resolve("verdict.json"))) {
        ids.add(Integer.valueOf(name));
      }
    }
    ids.sort(null);
    return ids;
  }

  /** Writes {@code models/<Model>/result.json}. */
  public void writeModel(ModelResult model) throws IOException {
    writeJson(modelName(model.model()) + "/result.json", model);
  }

  /** Reads all {@code models/<Model>/result.json}, by name. */
  public List<ModelResult> readModels() throws IOException {
    var models = new ArrayList<ModelResult>();
    for (String name : namesIn("models")) {
      if (Files.exists(root.resolve("models").resolve(name).resolve("result.json"))) {
        models.add(readJson("models/" + name + "/result.json", ModelResult.class));
      }
    }
    return models;
  }

  /** Whether there is such a file. */
  public boolean has(String name) {
    return Files.isRegularFile(inside(name), LinkOption.NOFOLLOW_LINKS);
  }

  /** Writes {@code report.json}. */
  public void writeReport(Report report) throws IOException {
    writeJson(REPORT, report);
  }

  /** Reads {@code report.json}. */
  public Report readReport() throws IOException {
    return readJson(REPORT, Report.class);
  }

  /**
   * Writes a file, whole or not at all.
   *
   * @param name path relative to the folder, with slashes, such as {@code report.html}
   */
  public void write(String name, String text) throws IOException {
    Path target = inside(name);
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + System.nanoTime() + TEMPORARY);
    try {
      Files.createDirectories(target.getParent());
      Files.writeString(temporary, text);
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new EvidenceException("cannot write " + target + ": " + reason(e), e);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Reads a file of the folder.
   *
   * @throws EvidenceException if there is none
   */
  public String read(String name) throws IOException {
    Path file = inside(name);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new EvidenceException("cannot read " + file + ": " + reason(e), e);
    }
  }

  /**
   * Writes the manifest. Nothing may be written afterwards without sealing again.
   *
   * @param finished whether the run did all its work; an unfinished one may be taken up again
   */
  public void seal(boolean finished) throws IOException {
    writeJson(RUN, new RunFile(run, plan, finished));
    writeManifest();
  }

  /** Seals anew after derived pages were rewritten; whether the run is finished stays as it was. */
  public void reseal() throws IOException {
    writeManifest();
  }

  private void writeManifest() throws IOException {
    for (Path leftover : filesBelow(root)) {
      if (leftover.getFileName().toString().endsWith(TEMPORARY)) {
        Files.deleteIfExists(leftover);
      }
    }
    var text = new StringBuilder();
    digests().forEach((name, hash) -> text.append(hash).append("  ").append(name).append('\n'));
    write(MANIFEST, text.toString());
  }

  private void checkManifest() throws IOException {
    // Before anything is read: a pipe among the files would block whoever opens it.
    filesBelow(root);
    Path manifest = root.resolve(MANIFEST);
    if (!Files.exists(manifest)) {
      throw new EvidenceException(
          root
              + " has no "
              + MANIFEST
              + ": its run was killed before it could seal the evidence;"
              + " run the same command again to take it up");
    }
    Map<String, String> sealed = new TreeMap<>();
    int number = 0;
    for (String line : read(MANIFEST).split("\n")) {
      number++;
      if (!line.matches("[0-9a-f]{64}  .+")) {
        throw new EvidenceException(
            manifest + ":" + number + ": expected a SHA-256, two blanks and a file name");
      }
      sealed.put(line.substring(66), line.substring(0, 64));
    }
    Map<String, String> there = digests();
    var wrong = new ArrayList<String>();
    sealed.forEach(
        (name, hash) -> {
          if (!there.containsKey(name)) {
            wrong.add(name + " is missing");
          } else if (!there.get(name).equals(hash)) {
            wrong.add(name + " was changed");
          }
        });
    there.keySet().stream()
        .filter(name -> !sealed.containsKey(name))
        .forEach(name -> wrong.add(name + " was added"));
    if (!wrong.isEmpty()) {
      String shown = String.join(", ", wrong.subList(0, Math.min(3, wrong.size())));
      throw new EvidenceException(
          root
              + " is not as it was sealed: "
              + shown
              + (wrong.size() > 3 ? ", and " + (wrong.size() - 3) + " more" : ""));
    }
  }

  /** SHA-256 of every file but the manifest and empty lock files, by name with slashes. */
  private Map<String, String> digests() throws IOException {
    Map<String, String> digests = new TreeMap<>();
    for (Path file : filesBelow(root)) {
      String name = root.relativize(file).toString().replace('\\', '/');
      boolean lock = file.getFileName().toString().equals(LOCK) && Files.size(file) == 0;
      if (!name.equals(MANIFEST) && !lock) {
        digests.put(name, sha256(file));
      }
    }
    return digests;
  }

  /** All files; a link, a pipe or a device is none, and whoever put it there changed evidence. */
  private static List<Path> filesBelow(Path folder) throws IOException {
    List<Path> files;
    // The folder itself may be given as a link.
    Path real = folder.toRealPath();
    try (var all = Files.walk(real)) {
      files =
          all.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
              .map(file -> folder.resolve(real.relativize(file).toString()))
              .sorted()
              .toList();
    }
    for (Path file : files) {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new EvidenceException(
            file
                + (Files.isSymbolicLink(file) ? " is a link" : " is no regular file")
                + "; evidence has regular files only");
      }
    }
    return files;
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      var buffer = new byte[1 << 16];
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        digest.update(buffer, 0, length);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private void writeJson(String name, Object value) throws IOException {
    write(name, JSON.writeValueAsString(value) + "\n");
  }

  private <T> T readJson(String name, Class<T> type) throws IOException {
    String text = read(name);
    try {
      return Optional.ofNullable(JSON.readValue(text, type))
          .orElseThrow(() -> new EvidenceException(root.resolve(name) + " holds nothing"));
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
      Throwable cause = e.getCause() instanceof IllegalArgumentException ? e.getCause() : e;
      String what =
          e.getCause() instanceof NullPointerException
              ? "a value is null or missing"
              : cause instanceof JsonProcessingException j
                  ? j.getOriginalMessage()
                  : cause.getMessage();
      throw new EvidenceException(root.resolve(name) + where + ": " + what, e);
    }
  }

  private List<String> namesIn(String folder) throws IOException {
    Path there = root.resolve(folder);
    if (!Files.isDirectory(there)) {
      return List.of();
    }
    try (var entries = Files.list(there)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  private static String trialName(int id) {
    if (id < 1) {
      throw new IllegalArgumentException("trial id must be at least 1, was " + id);
    }
    return String.format("trials/%04d", id);
  }

  private static String modelName(String model) {
    if (model == null || !model.matches("[A-Za-z0-9][A-Za-z0-9_.-]*")) {
      throw new IllegalArgumentException(
          "a model's name has letters, digits, '_', '.' and '-' only, was " + model);
    }
    return "models/" + model;
  }

  private Path inside(String name) {
    Path normal = root.resolve(Require.text("file name", name)).normalize();
    if (!normal.startsWith(root.normalize()) || normal.equals(root.normalize())) {
      throw new IllegalArgumentException("not a file inside of the evidence folder: " + name);
    }
    return normal;
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
