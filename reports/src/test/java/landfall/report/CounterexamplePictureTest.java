package landfall.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CounterexamplePictureTest {
  private static final String STEPS =
      """
      {"model":"M","steps":[
       {"number":1,"action":"Init","changed":{"source":"\\"Running\\"","destination":"\\"Waiting\\"",
         "forward":"<<>>","back":"<<>>"}},
       {"number":2,"action":"StartAttempt","changed":{"source":"\\"PreCopy\\"",
         "forward":"<<<<[type |-> \\"Hello\\"]>>>>","back":"<<<<>>>>"}},
       {"number":3,"action":"SendPage","changed":{
         "forward":"<< << [type |-> \\"Hello\\"], [type |-> \\"Page\\", page |-> 0] >> >>"}},
       {"number":4,"action":"ReceiveHello","changed":{"destination":"\\"Receiving\\"",
         "forward":"<<<<[type |-> \\"Page\\", page |-> 0]>>>>"}},
       {"number":5,"action":"LoseMessage","changed":{"forward":"<<<<>>>>"}},
       {"number":6,"action":"StartAttempt","changed":{
         "forward":"<<<<>>, <<[type |-> \\"Hello\\"]>>>>","back":"<<<<>>, <<>>>>"}}]}
      """;

  @Test
  void messagesArriveAreLostOrAreStillUnderwayAsInTheStates() {
    String svg = CounterexamplePicture.of(STEPS);
    assertEquals(3, count(svg, "<g class=\"message"));
    assertEquals(2, count(svg, "<g class=\"message lost"));
    assertTrue(
        svg.contains("<title>Hello, sent at 2 StartAttempt, received at 4 ReceiveHello</title>"));
    assertTrue(svg.contains("<title>Page, sent at 3 SendPage, lost</title>"));
    assertTrue(svg.contains("<title>Hello, sent at 6 StartAttempt, lost</title>"));
  }

  @Test
  void whatAHostGivesUpUnreadDidNotArrive() {
    String svg =
        CounterexamplePicture.of(
            """
            {"steps":[
             {"action":"Init","changed":{"source":"\\"HandedOver\\"","back":"<<<<>>>>"}},
             {"action":"ResumeDestination","changed":{"back":"<<<<[type |-> \\"Resumed\\"]>>>>"}},
             {"action":"ResumeUnacknowledged","changed":{"back":"<<<<>>>>"}}]}
            """);
    assertTrue(svg.contains("<title>Resumed, sent at 2 ResumeDestination, lost</title>"), svg);
  }

  @Test
  void phasesStandAtTheirHostAndFaultsRunAcross() {
    String svg = CounterexamplePicture.of(STEPS);
    assertTrue(svg.contains("<title>PreCopy, from 2 StartAttempt</title>"));
    assertTrue(svg.contains("<title>Receiving, from 4 ReceiveHello</title>"));
    assertEquals(1, count(svg, "class=\"faultline\""));
    assertTrue(svg.contains(">LoseMessage<"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"steps\":[]}",
        "{\"steps\":[{\"action\":\"Init\",\"changed\":{\"forward\":\"<<\"}}]}",
        "{\"steps\":[{\"changed\":{\"forward\":\"<<<<[type |-> >>\",\"back\":\"7\"}}]}"
      })
  void whatIsNoCounterexampleMakesNoPicture(String json) {
    assertEquals("", CounterexamplePicture.of(json));
  }

  private static long count(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }
}
