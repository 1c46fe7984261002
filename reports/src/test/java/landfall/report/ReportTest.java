package landfall.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.HostEvent;
import landfall.evidence.ImplementationVersion;
import landfall.evidence.Judge;
import landfall.evidence.MessageSeen;
import landfall.evidence.Report;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ReportTest {

  private static final String HOSTILE = "<script>alert('x')</script> & \"y\" \u0001";

  private static Document xml(String text) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> elements(Document document, String name) {
    var found = new ArrayList<Element>();
    var nodes = document.getElementsByTagName(name);
    for (int i = 0; i < nodes.getLength(); i++) {
      found.add((Element) nodes.item(i));
    }
    return found;
  }

  private static Report hostile() {
    var trial =
        new TrialResult(
            1,
            1,
            HOSTILE,
            HOSTILE,
            List.of(),
            HOSTILE,
            Map.of(Judge.HISTORY, new Verdict.Violated(HOSTILE, HOSTILE)),
            null,
            null,
            List.of(),
            5,
            5,
            HOSTILE,
            List.of(new MessageSeen("source", HOSTILE, 1, 2.0, HOSTILE)),
            List.of(new HostEvent(HOSTILE, 1, HOSTILE, HostEvent.Kind.FAULT)));
    return Report.of(new ImplementationVersion(HOSTILE, HOSTILE), 1, List.of(), List.of(trial));
  }

  @Test
  void samplesToLookAtAreWritten() throws Exception {
    Path target = Files.createDirectories(Path.of("target", "sample"));
    Files.writeString(
        target.resolve("holds.html"), HtmlReport.render(SampleReport.holding(), Map.of()));
    Files.writeString(
        target.resolve("violated.html"), HtmlReport.render(SampleReport.violated(), Map.of()));
    assertTrue(Files.size(target.resolve("violated.html")) > 10_000);
  }

  @Test
  void theVerdictComesFirstWithWhatItRestsOn() {
    String page = HtmlReport.render(SampleReport.holding(), Map.of());
    assertTrue(page.contains("<h1>Holds</h1>"));
    int heading = page.indexOf("<h1>");
    int sentence =
        page.indexOf("This rests on 12 trials, 9 of them with faults that were all seen");
    assertTrue(heading < sentence && sentence < page.indexOf("<h2>Models"), page);
    assertTrue(page.indexOf("<h2>Models") < page.indexOf("<h2>Coverage"));
    assertTrue(page.indexOf("<h2>Coverage") < page.indexOf("<h2>Trials"));
  }

  @Test
  void theViolatedTrialStandsFirstAndOpen() {
    String page = HtmlReport.render(SampleReport.violated(), Map.of());
    List<String> rows =
        matches(page, "<tr class=\"(\\w+)\"><td class=\"n\"><a href=\"#trial-(\\d+)\"");
    assertEquals(
        List.of("violated 13", "broken 15", "undecided 14", "holds 1"), rows.subList(0, 4));
    assertEquals(15, rows.size());
    List<String> details = matches(page, "<details( open)? class=\"(\\w+)\"");
    assertEquals(" open violated", details.get(0));
    assertEquals("null holds", details.get(3));
    assertTrue(page.contains("A claim is violated in 1 trial of 15"));
    assertTrue(page.indexOf("<h2>Violated claims") < page.indexOf("<h2>Models"));
  }

  private static List<String> matches(String page, String pattern) {
    return Pattern.compile(pattern)
        .matcher(page)
        .results()
        .map((MatchResult match) -> match.group(1) + " " + match.group(2))
        .toList();
  }

  @Test
  void thePageNeedsNoNetworkAndNoScript() {
    String page = HtmlReport.render(SampleReport.violated(), Map.of());
    assertFalse(page.contains("<script"));
    assertFalse(Pattern.compile("(src|href)=\"(https?:)?//").matcher(page).find());
    assertFalse(page.contains("@import") || page.contains("url("));
  }

  @Test
  void everythingIsEscapedEverywhere() throws Exception {
    String page = HtmlReport.render(hostile(), Map.of());
    assertFalse(page.contains("<script"), page);
    assertFalse(page.contains("\u0001"));
    assertTrue(page.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    Document junit = xml(JunitXml.render(hostile()));
    assertTrue(elements(junit, "failure").get(0).getTextContent().contains("<script>alert('x')"));
    JsonNode sarif = new ObjectMapper().readTree(Sarif.render(hostile()));
    assertTrue(sarif.at("/runs/0/results/0/ruleId").asText().contains("<script>"));
  }

  @Test
  void thePictureHasBothHostsAndBreaksLostMessages() throws Exception {
    TrialResult trial = SampleReport.violated().trials().get(12);
    Document svg = xml(SpaceTimePicture.of(trial));
    List<Element> groups =
        elements(svg, "g").stream()
            .filter(g -> g.getAttribute("class").startsWith("message"))
            .toList();
    assertEquals(trial.messages().size(), groups.size());
    assertEquals(
        1, groups.stream().filter(g -> g.getAttribute("class").equals("message lost")).count());
    List<String> hosts =
        elements(svg, "text").stream()
            .filter(text -> text.getAttribute("class").equals("host"))
            .map(Element::getTextContent)
            .toList();
    assertEquals(List.of("source", "destination"), hosts);
    assertEquals(
        2,
        elements(svg, "line").stream().filter(l -> l.getAttribute("class").equals("life")).count());
    // Whatever arrives later stands lower.
    for (Element group : groups) {
      Element line = (Element) group.getElementsByTagName("line").item(0);
      assertTrue(
          Double.parseDouble(line.getAttribute("y2"))
              > Double.parseDouble(line.getAttribute("y1")));
    }
  }

  @Test
  void manyMessagesAreCutInTheMiddleAndThePictureSaysSo() {
    var messages = new ArrayList<MessageSeen>();
    for (int i = 0; i < 500; i++) {
      messages.add(new MessageSeen("source", "destination", i, i + 0.5, "page " + i));
    }
    TrialResult some = SampleReport.holding().trials().get(0);
    var trial =
        new TrialResult(
            some.id(),
            some.seed(),
            some.mode(),
            some.plan(),
            some.faults(),
            some.outcome(),
            some.verdicts(),
            null,
            null,
            List.of(),
            1,
            1,
            some.replay(),
            messages,
            List.of());
    String svg = SpaceTimePicture.of(trial);
    assertTrue(svg.contains("440 more messages are not drawn"), svg);
    assertTrue(svg.contains("page 0,") && svg.contains("page 499,") && !svg.contains("page 250,"));
  }

  @Test
  void coverageCountsOnlyFaultsThatWereSeen() {
    String page = HtmlReport.render(SampleReport.holding(), Map.of());
    String coverage = page.substring(page.indexOf("<h2>Coverage"), page.indexOf("<h2>Trials"));
    assertTrue(coverage.contains("of 2</td>"), coverage);
    assertTrue(coverage.contains(">cut-both-ways</td>"));
  }

  @Test
  void junitCountsViolatedAsFailureAndUndecidedAndBrokenAsError() throws Exception {
    Document document = xml(JunitXml.render(SampleReport.violated()));
    assertEquals("testsuites", document.getDocumentElement().getTagName());
    List<Element> suites = elements(document, "testsuite");
    assertEquals(
        List.of("models", "trials"), suites.stream().map(s -> s.getAttribute("name")).toList());
    Element trials = suites.get(1);
    assertEquals("15", trials.getAttribute("tests"));
    assertEquals("1", trials.getAttribute("failures"));
    assertEquals("2", trials.getAttribute("errors"));
    for (Element suite : suites) {
      for (String counted : List.of("testcase:tests", "failure:failures", "error:errors")) {
        String[] pair = counted.split(":");
        assertEquals(
            Integer.parseInt(suite.getAttribute(pair[1])),
            suite.getElementsByTagName(pair[0]).getLength());
      }
    }
    Element failure = elements(document, "failure").get(0);
    assertEquals("Linearizable", failure.getAttribute("type"));
    assertTrue(failure.getTextContent().contains("read 12"));
    for (Element test : elements(document, "testcase")) {
      assertFalse(test.getAttribute("classname").isEmpty());
      assertTrue(Double.parseDouble(test.getAttribute("time")) >= 0);
    }
  }

  @Test
  void sarifHasOneResultPerViolatedClaimAndPointsIntoTheEvidence() throws Exception {
    JsonNode log = new ObjectMapper().readTree(Sarif.render(SampleReport.violated()));
    assertEquals("2.1.0", log.at("/version").asText());
    JsonNode run = log.at("/runs/0");
    assertEquals("Landfall", run.at("/tool/driver/name").asText());
    assertEquals(1, run.at("/results").size());
    JsonNode result = run.at("/results/0");
    assertEquals("Linearizable", result.at("/ruleId").asText());
    assertEquals(
        "Linearizable",
        run.at("/tool/driver/rules").get(result.at("/ruleIndex").asInt()).at("/id").asText());
    assertEquals(
        "trials/0013/verdict.json",
        result.at("/locations/0/physicalLocation/artifactLocation/uri").asText());
    assertFalse(run.at("/invocations/0/executionSuccessful").asBoolean());
    JsonNode good = new ObjectMapper().readTree(Sarif.render(SampleReport.holding()));
    assertEquals(0, good.at("/runs/0/results").size());
    assertTrue(good.at("/runs/0/invocations/0/executionSuccessful").asBoolean());
  }

  @Test
  void allFilesLandInTheSealedFolder(@TempDir Path temporary) throws Exception {
    Report report = SampleReport.violated();
    var folder =
        EvidenceFolder.openForRun(
            temporary.resolve("run"), new RunIdentity("campaign", report.implementation(), 42));
    ReportFiles.write(folder, report);
    folder.seal(true);
    var read = EvidenceFolder.open(folder.root());
    assertEquals(report, read.readReport());
    for (String name : List.of("report.html", "junit.xml", "results.sarif")) {
      assertFalse(read.read(name).isBlank());
    }
  }
}
