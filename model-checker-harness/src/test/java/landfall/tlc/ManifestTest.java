package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import landfall.specs.SpecFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  private static final String MAIN = "{\"name\": \"MCHandover\", \"tier\": \"quick\"}";

  private static Model variant(String differences) {
    return variant(differences, "{}");
  }

  private static Model variant(String differences, String pins) {
    String manifest =
        "{\"models\": [" + MAIN + ", {\"name\": \"V\", \"base\": \"MCHandover\"" + differences;
    List<Model> models =
        Manifest.of("handover", manifest + ", \"about\": \"It\", \"bounds\": \"so\"}]}", pins);
    return models.get(1);
  }

  private static Configuration configuration(Model model) {
    return Configuration.parse(model.name(), model.config());
  }

  private static final Configuration BASE =
      configuration(Manifest.of("handover", "{\"models\": [" + MAIN + "]}", "{}").get(0));

  @Test
  void aVariantIsItsBaseButForWhatItSays() {
    Model model =
        variant(
            """
            , "module": "M", "specification": "FairSpec", "symmetry": "S", "view": "V",
            "constants": {"MaxSteps": "7", "Arbiter": null, "GuestStep": "<- Other"},
            "constraints": ["+Few"], "invariants": ["-TypeOK", "+More"], "properties": ["P", "Q"]
            """);
    Configuration found = configuration(model);
    assertEquals("M", model.module());
    assertEquals("It", found.about());
    assertEquals("so", found.bounds());
    assertEquals("FairSpec", found.specification());
    assertEquals("S", found.symmetry());
    assertEquals("V", found.view());
    assertEquals("<- Other", found.constants().get("GuestStep"));
    assertTrue(model.config().contains("    GuestStep <- Other\n"), model.config());
    assertEquals("7", found.constants().get("MaxSteps"));
    assertEquals(
        BASE.constants().get("MaxAttempts"), found.constants().get("MaxAttempts"), "inherited");
    assertEquals(BASE.constants().size(), found.constants().size(), "one less, one more");
    assertEquals(List.of("Bounded", "Few"), found.constraints());
    assertEquals(
        List.of(
            "AtMostOneEffective",
            "NoReleasedOutputLost",
            "StatusTruthful",
            "NumbersAreUnique",
            "NoHelloWhileOffered",
            "More"),
        found.invariants());
    assertEquals(List.of("P", "Q"), found.properties());
  }

  @Test
  void aVariantThatSaysNothingIsItsBase() {
    Configuration found = configuration(variant(""));
    assertEquals(BASE.constants(), found.constants());
    assertEquals(BASE.invariants(), found.invariants());
    assertEquals(BASE.properties(), found.properties());
    assertEquals("MCHandover", variant("").module());
  }

  @Test
  void aModelThatMustFailChecksThatAlone() {
    Model invariant = variant(", \"violatesInvariant\": \"StatusTruthful\"");
    assertEquals("StatusTruthful", invariant.property());
    assertEquals(List.of("StatusTruthful"), configuration(invariant).invariants());
    assertEquals(List.of(), configuration(invariant).properties());
    Model property = variant(", \"violatesProperty\": \"EventuallyRuns\"");
    assertEquals("EventuallyRuns", property.property());
    assertEquals(List.of(), configuration(property).invariants());
    assertEquals(List.of("EventuallyRuns"), configuration(property).properties());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ", \"constants\": {\"Nothing\": null} | has no constant Nothing",
        ", \"invariants\": [\"+TypeOK\"] | cannot be made",
        ", \"invariants\": [\"-Unknown\"] | cannot be made",
        ", \"invariants\": [\"+One\", \"Two\"] | cannot be made",
        ", \"violatesInvariant\": \"A\", \"violatesProperty\": \"B\" | not both",
        ", \"violatesInvariant\": \"A\", \"properties\": [] | nothing else",
        ", \"color\": \"red\" | color",
        "}, {\"name\": \"W\", \"base\": \"Later\" | Later",
        "}, {\"name\": \"V\", \"base\": \"MCHandover\" | twice",
      })
  void whatCannotBeMeantIsRefused(String differences, String words) {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                variant(
                    differences.contains("}, {")
                        ? ", \"about\": \"It\", \"bounds\": \"so\"" + differences
                        : differences));
    assertTrue(refused.getMessage().startsWith("handover/manifest.json"), refused.getMessage());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  /**
   * The quick set is what most people run, so it checks of every protocol what a user relies on,
   * with a write before and a write after what may go wrong.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"handover", "precopy", "postcopy", "reversecheckpoint", "forwardcheckpoint"})
  void theQuickSetChecksEachProtocolWithTwoWrites(String protocol) {
    assertTrue(
        Models.of(Model.Tier.QUICK).stream()
            .filter(model -> model.protocol().equals(protocol) && model.holds())
            .map(ManifestTest::configuration)
            .anyMatch(
                found ->
                    Integer.parseInt(found.constants().getOrDefault("MaxSteps", "0")) >= 2
                        && found.properties().contains("Refines")
                        && (found.invariants().contains("NoReleasedOutputLost")
                            || found.properties().contains("NoReleasedOutputLostProp"))));
  }

  @Test
  void anExportedModelIsWhatTheModelCheckerReads(@TempDir Path folder) throws Exception {
    Model model = Models.anyNamed("MCHandoverArbiter");
    List<String> files = Models.export(model, folder);
    assertEquals(
        Set.of(
            "MCHandoverArbiter.cfg",
            "MCHandover.tla",
            "HandoverConduct.tla",
            "Connections.tla",
            "Handover.tla",
            "LiveMigration.tla",
            "Ownership.tla"),
        Set.copyOf(files));
    assertEquals(model.config(), Files.readString(folder.resolve("MCHandoverArbiter.cfg")));
    assertEquals(SpecFiles.read("Handover.tla"), Files.readString(folder.resolve("Handover.tla")));
    assertEquals(files, Models.export(model, folder), "the same files again are no conflict");
  }

  @Test
  void anExportedMutantHasItsMistakeAndDoesNotReplaceTheModule(@TempDir Path folder)
      throws Exception {
    Model mutant = Models.anyNamed("write-not-logged");
    Models.export(mutant, folder);
    String wrong = Files.readString(folder.resolve("PreCopy.tla"));
    assertTrue(wrong.contains(mutant.mutation().replace()), wrong);
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Models.export(Models.anyNamed("MCPreCopy"), folder));
    assertTrue(refused.getMessage().contains("another PreCopy.tla"), refused.getMessage());
    assertEquals(wrong, Files.readString(folder.resolve("PreCopy.tla")));
  }

  @Test
  void aNameThatIsNearlyRightIsAnsweredWithThree() {
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> Models.named(List.of("MCHandoverArbite")));
    assertEquals(
        "there is no model MCHandoverArbite; the nearest names are MCHandoverArbiter,"
            + " IndHandoverArbiter, MCHandover",
        refused.getMessage());
  }

  @Test
  void aPinOfAModelThatIsNotListedIsRefused() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> variant("", "{\"Gone\": {\"distinctStates\": 1, \"depth\": 1}}"));
    assertTrue(refused.getMessage().contains("Gone"), refused.getMessage());
  }

  /** Of two values of one name the last one would count, and nobody would see the first. */
  @Test
  void whatIsSaidTwiceIsRefused() {
    String pin = "\"MCHandover\": {\"distinctStates\": 1, \"depth\": 1}";
    for (Executable twice :
        List.<Executable>of(
            () -> Manifest.of("handover", "{\"models\": [],\n \"models\": []}", "{}"),
            () -> variant(", \"about\": \"Another.\"", "{}"),
            () -> variant("", "{" + pin + ",\n" + pin + "}"))) {
      String refused = assertThrows(IllegalArgumentException.class, twice).getMessage();
      assertTrue(
          refused.matches("handover/(manifest|pins)\\.json, line \\d+: Duplicate field '.*'"),
          refused);
    }
  }

  @Test
  void pinsAreWrittenInTheOrderOfTheManifestAndReadBackAlike() {
    String manifest =
        "{\"models\": ["
            + MAIN
            + ", {\"name\": \"A\", \"base\": \"MCHandover\", \"about\": \"It\", \"bounds\": \"so\"}]}";
    String before = "{\"A\": {\"distinctStates\": 3, \"depth\": 2, \"actions\": [\"Step\"]}}";
    Model found = Models.configured("MCHandover");
    String text = Manifest.pinned("handover", manifest, before, Map.of("MCHandover", found));
    assertTrue(text.indexOf("\"MCHandover\"") < text.indexOf("\"A\""), text);
    List<Model> models = Manifest.of("handover", manifest, text);
    assertEquals(found.distinctStates(), models.get(0).distinctStates());
    assertEquals(found.actions(), models.get(0).actions());
    assertEquals(3, models.get(1).distinctStates());
  }

  @ParameterizedTest
  @CsvSource({
    "'SPECIFICATION Spec\nINIT Init\nCHECK_DEADLOCK FALSE', INIT",
    "'SPECIFICATION Spec\nCONSTANTS A = 1 B = 2\nC\nCHECK_DEADLOCK FALSE', C",
    "'SPECIFICATION Spec', CHECK_DEADLOCK",
    "'INVARIANT I\nCHECK_DEADLOCK FALSE', SPECIFICATION",
  })
  void aConfigurationThatIsNotUnderstoodIsRefused(String text, String words) {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> Configuration.parse("MCFile.cfg", text));
    assertTrue(refused.getMessage().startsWith("MCFile.cfg"), refused.getMessage());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }
}
