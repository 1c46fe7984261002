package landfall.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import landfall.evidence.ModelResult;
import landfall.evidence.Report;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/** A report as SARIF 2.1.0: one result per violated claim, one notification per fault of ours. */
public final class Sarif {

  private final JsonNodeFactory json = JsonNodeFactory.instance;
  private final List<String> claims = new ArrayList<>();
  private final ArrayNode results = json.arrayNode();
  private final ArrayNode notifications = json.arrayNode();

  private Sarif() {}

  /** The whole file. */
  public static String render(Report report) {
    return new Sarif().log(report).toPrettyString() + "\n";
  }

  private ObjectNode log(Report report) {
    for (ModelResult model : report.models()) {
      add(model.verdict(), "models/" + model.model() + "/result.json", "model " + model.model());
    }
    for (TrialResult trial : HtmlReport.worstFirst(report.trials())) {
      String file = String.format(Locale.ROOT, "trials/%04d/verdict.json", trial.id());
      String what = "trial " + trial.id() + " (" + trial.plan() + "), replay: " + trial.replay();
      trial.verdicts().values().forEach(verdict -> add(verdict, file, what));
    }
    ObjectNode log = json.objectNode();
    log.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    log.put("version", "2.1.0");
    ObjectNode run = log.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver");
    driver.put("name", "Landfall");
    ArrayNode rules = driver.putArray("rules");
    for (String claim : claims) {
      ObjectNode rule = rules.addObject();
      rule.put("id", claim);
      rule.putObject("shortDescription").put("text", "The claim " + claim + " must hold.");
    }
    ObjectNode invocation = run.putArray("invocations").addObject();
    invocation.put("executionSuccessful", notifications.isEmpty());
    invocation.set("toolExecutionNotifications", notifications);
    run.set("results", results);
    ObjectNode properties = run.putObject("properties");
    properties.put("implementation", report.implementation().name());
    properties.put("implementationVersion", report.implementation().version());
    properties.put("seed", Long.toString(report.seed()));
    properties.put("verdict", report.verdict().word());
    return log;
  }

  private void add(Verdict verdict, String file, String what) {
    if (verdict instanceof Verdict.Violated violated) {
      if (!claims.contains(violated.claim())) {
        claims.add(violated.claim());
      }
      ObjectNode result = results.addObject();
      result.put("ruleId", violated.claim());
      result.put("ruleIndex", claims.indexOf(violated.claim()));
      result.put("level", "error");
      result.putObject("message").put("text", what + "\n" + violated.evidence());
      result
          .putArray("locations")
          .addObject()
          .putObject("physicalLocation")
          .putObject("artifactLocation")
          .put("uri", file);
    } else if (verdict instanceof Verdict.Broken broken) {
      ObjectNode notification = notifications.addObject();
      notification.put("level", "error");
      notification.putObject("message").put("text", what + "\n" + broken.ourFault());
    }
  }
}
