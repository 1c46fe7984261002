package landfall.evidence;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * One trial: one migration, or a chain of them, under one schedule of faults.
 *
 * @param id number of the trial in its run, from 1; names its folder
 * @param seed the trial's own seed
 * @param mode how the guest was moved; null in evidence of before modes reads as {@code precopy}
 * @param plan name of the plan, such as {@code kill-destination in round 2}
 * @param faults the faults of the schedule, in order
 * @param outcome what became of the migration, in words: {@code completed}, {@code failed}, ...
 * @param verdicts what each judge said; a judge that had nothing to judge is absent
 * @param downtimeMillis how long no host ran the guest; null if it was not measured
 * @param totalMillis from the first migrate command to the end of the migration; null if unknown
 * @param rounds the dirty rounds in order
 * @param operations client operations completed
 * @param events trace events
 * @param replay the command that replays the trial
 * @param messages for the space-time picture
 * @param hostEvents for the space-time picture
 */
@JsonIgnoreProperties(value = "verdict", allowGetters = true)
public record TrialResult(
    int id,
    long seed,
    String mode,
    String plan,
    List<FaultResult> faults,
    String outcome,
    Map<Judge, Verdict> verdicts,
    Double downtimeMillis,
    Double totalMillis,
    List<RoundResult> rounds,
    long operations,
    long events,
    String replay,
    List<MessageSeen> messages,
    List<HostEvent> hostEvents) {

  public TrialResult {
    if (id < 1) {
      throw new IllegalArgumentException("trial id must be at least 1, was " + id);
    }
    mode = mode == null ? "precopy" : mode;
    Require.text("mode of trial " + id, mode);
    Require.text("plan of trial " + id, plan);
    Require.text("outcome of trial " + id, outcome);
    Require.text("replay command of trial " + id, replay);
    Require.notNegativeIfKnown("downtimeMillis of trial " + id, downtimeMillis);
    Require.notNegativeIfKnown("totalMillis of trial " + id, totalMillis);
    Require.notNegative("operations of trial " + id, operations);
    Require.notNegative("events of trial " + id, events);
    faults = Require.copy(faults);
    verdicts = Require.copy(verdicts);
    rounds = Require.copy(rounds);
    messages = Require.copy(messages);
    hostEvents = Require.copy(hostEvents);
  }

  /** The worst of what the judges said; undecided if none said anything. */
  @JsonProperty("verdict")
  public Verdict verdict() {
    return Verdict.worst(verdicts.values());
  }

  /** Whether there were faults, and every one of them was seen to take effect. */
  @JsonIgnore
  public boolean faultsSeen() {
    return !faults.isEmpty() && faults.stream().allMatch(FaultResult::seen);
  }
}
