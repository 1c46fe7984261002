package landfall.trial;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.stream.Collectors;
import landfall.nemesis.PlannedFault;

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
    long downtimeLimitMillis) {

  public Schedule {
    if (implementation == null || guest == null || faults == null || trial < 1) {
      throw new IllegalArgumentException(
          "a schedule needs a trial from 1, an implementation, faults and a guest");
    }
    faults = List.copyOf(faults);
  }

  /**
   * Pages whose way is traced: two of clients' cells, one that is hot, and one that is written
   * rarely. Where they are is the layout of the RISC-V guest in RAM.
   */
  public static List<Integer> trackedPages(GuestLoad guest) {
    int cells = 16;
    int workingSet = 89;
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

  /** The plan in words. */
  @JsonIgnore
  public String plan() {
    if (faults.isEmpty()) {
      return "no fault";
    }
    return faults.stream()
        .map(
            fault ->
                fault.kind().word()
                    + " at "
                    + fault.at().phase().word()
                    + (fault.at().connection() > 1
                        ? " of connection " + fault.at().connection()
                        : ""))
        .collect(Collectors.joining(", "));
  }
}
