package landfall.trial;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.stream.Collectors;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.Trigger;

/**
 * Everything that was decided about a trial before it began.
 *
 * @param trial its number in the run, from 1
 * @param seed its own seed
 * @param implementation name of the implementation
 * @param faults the faults
 * @param retry whether the operator tries again after a failed attempt
 * @param comparesMemory whether the guest is kept paused where it arrives until both RAMs are saved
 * @param guest what the guest does
 * @param bandwidthMax bytes a second for the migration
 * @param downtimeLimitMillis as the operator set it
 * @param capabilities further migration capabilities that the operator switched on
 */
public record Schedule(
    int trial,
    long seed,
    String implementation,
    List<PlannedFault> faults,
    boolean retry,
    boolean comparesMemory,
    GuestLoad guest,
    long bandwidthMax,
    long downtimeLimitMillis,
    List<String> capabilities) {

  public Schedule {
    if (implementation == null || guest == null || faults == null || trial < 1) {
      throw new IllegalArgumentException(
          "a schedule needs a trial from 1, an implementation, faults and a guest");
    }
    faults = List.copyOf(faults);
    capabilities = capabilities == null ? List.of() : List.copyOf(capabilities);
  }

  /**
   * Pages whose way is traced: two of clients' cells, one that is hot, and one that is written
   * rarely. Where they are is the layout of the RISC-V guest in RAM.
   */
  public static List<Integer> trackedPages(GuestLoad guest) {
    int cells = 17;
    int workingSet = 90;
    return List.of(cells, cells + 4, workingSet + 1, workingSet + guest.workingSetPages() / 2);
  }

  /**
   * What the guest does besides serving clients.
   *
   * @param workingSetPages pages that it writes
   * @param writesPerSecond page writes a second
   * @param hotPages pages that get half of all writes
   * @param zeroPercent share of writes that make a page all zero
   */
  public record GuestLoad(
      int workingSetPages, int writesPerSecond, int hotPages, int zeroPercent) {}

  /** The same again, as another trial. */
  public Schedule asTrial(int number) {
    return with(number, faults);
  }

  /** The same with other faults. */
  public Schedule withFaults(List<PlannedFault> others) {
    return with(trial, others);
  }

  private Schedule with(int number, List<PlannedFault> others) {
    return new Schedule(
        number,
        seed,
        implementation,
        others,
        retry,
        comparesMemory,
        guest,
        bandwidthMax,
        downtimeLimitMillis,
        capabilities);
  }

  /** The plan in words. */
  @JsonIgnore
  public String plan() {
    String plan =
        faults.isEmpty()
            ? "no fault"
            : faults.stream().map(Schedule::words).collect(Collectors.joining(", "));
    return capabilities.isEmpty() ? plan : plan + ", with " + String.join(", ", capabilities);
  }

  private static String words(PlannedFault fault) {
    Trigger at = fault.at();
    return fault.kind().word()
        + (at.afterMillis() > 0 ? " " + at.afterMillis() + " ms after " : " at ")
        + at.phase().word()
        + (at.connection() > 1 ? " of connection " + at.connection() : "");
  }
}
