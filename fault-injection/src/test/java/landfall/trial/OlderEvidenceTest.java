package landfall.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import landfall.nemesis.FaultKind;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.HostEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trials that were written before hosts had names are read as what they were. */
class OlderEvidenceTest {
  @TempDir private Path folder;

  @Test
  void theMigrationWasFromTheSourceToTheDestination() throws Exception {
    Files.writeString(
        folder.resolve("schedule.json"),
        """
        {"trial":1,"seed":7,"implementation":"reference","retry":true,"comparesMemory":true,
         "faults":[{"kind":"reset","at":{"phase":"ready","connection":1},"durationMillis":0}],
         "guest":{"workingSetPages":200},"bandwidthMax":1,"downtimeLimitMillis":1}
        """);
    Files.writeString(
        folder.resolve("observations.json"),
        """
        {"attempts":[{"startMillis":1,"endMillis":2,"status":"failed","error":"",
                      "downtimeMillis":-1}],
         "faults":[],"timeline":[],"replies":[],"witness":[],"stream":[],"rounds":[],
         "end":{"sourceAlive":true,"destinationAlive":false,"sourceRunState":"running",
                "destinationRunState":"","sourceMigration":"failed","healedMillis":3,
                "answeredAt":["source"],"answeredMillis":4,"waitedMillis":5}}
        """);
    Files.createDirectory(folder.resolve("log"));
    for (String name : List.of("destination", "destination-2", "source")) {
      Files.writeString(
          folder.resolve("log/trace-" + name + ".ndjson"),
          "{\"host\":\"" + name.replace("-2", "") + "\"}\n");
    }
    var files = new TrialFiles(folder);
    assertEquals("reset at ready", files.readSchedule().plan());
    assertEquals(Mode.PRECOPY, files.readSchedule().mode());
    assertEquals(FaultKind.RESET, files.readSchedule().faults().get(0).kind());
    Observations seen = files.readObservations();
    assertEquals(
        List.of(new Attempt("source", "destination", 1, 2, "failed", "", -1)), seen.attempts());
    assertEquals(
        List.of(
            new HostEnd("source", true, "running", "failed"),
            new HostEnd("destination", false, "", "")),
        seen.end().hosts());
    assertEquals("destination", seen.route(1).to());
    List<Path> traces = files.tracesOfNamedHosts(folder.resolve("observed"));
    assertEquals("trace-source.ndjson", traces.get(0).getFileName().toString());
    assertEquals("{\"host\":\"destination-2\"}\n", Files.readString(traces.get(2)));
  }

  @Test
  void evidenceThatSaysSomethingTwiceIsRefused() throws Exception {
    var files = new TrialFiles(folder);
    Files.writeString(folder.resolve("schedule.json"), "{\"trial\":1,\n\"trial\":2}");
    Files.writeString(folder.resolve("observations.json"), "{\"end\":{\"hosts\":[],\"hosts\":[]}}");
    String schedule = assertThrows(IOException.class, files::readSchedule).getMessage();
    assertTrue(schedule.endsWith("schedule.json:2: Duplicate field 'trial'"), schedule);
    String seen = assertThrows(IOException.class, files::readObservations).getMessage();
    assertTrue(seen.endsWith("observations.json:1: Duplicate field 'hosts'"), seen);
  }
}
