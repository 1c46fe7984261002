package landfall.trial;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import landfall.implementation.Implementations;
import landfall.implementation.Ownership;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.Trigger;

/**
 * Everything that was decided about a trial before it began.
 *
 * @param trial its number in the run, from 1
 * @param seed its own seed
 * @param implementation name of the implementation
 * @param mode how the guest is moved
 * @param migrations where the guest is to go, in this order, and what is done to it on the way
 * @param retry whether the operator tries again after a failed attempt, unless the next migration
 *     is from the same host, too
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
    Mode mode,
    List<Migration> migrations,
    boolean retry,
    boolean comparesMemory,
    GuestLoad guest,
    long bandwidthMax,
    long downtimeLimitMillis,
    List<String> capabilities) {

  public Schedule {
    if (implementation == null
        || mode == null
        || guest == null
        || migrations == null
        || migrations.isEmpty()
        || trial < 1) {
      throw new IllegalArgumentException(
          "a schedule needs a trial from 1, an implementation, a mode, a migration and a guest");
    }
    migrations = List.copyOf(migrations);
    capabilities = capabilities == null ? List.of() : List.copyOf(capabilities);
  }

  /** The first hosts, in their order: of a trial with two hosts these are all. */
  public static final String FIRST = "A";

  public static final String SECOND = "B";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]{1,20}");

  /**
   * One migration that the operator asks for, if the guest is at that host by then.
   *
   * @param from name of the host that has the guest
   * @param to name of the host that is to get it
   * @param faults what is done to it; the phases and connections of their triggers are those of
   *     this migration, and so are the source and the destination in their kinds
   */
  public record Migration(String from, String to, List<PlannedFault> faults) {
    public Migration {
      if (faults == null) {
        throw new IllegalArgumentException("a migration needs a list of faults");
      }
      if (from == null
          || to == null
          || from.equals(to)
          || !NAME.matcher(from).matches()
          || !NAME.matcher(to).matches()) {
        throw new IllegalArgumentException(
            "a migration needs two hosts with different names of letters, digits and"
                + " '-', not '"
                + from
                + "' and '"
                + to
                + "'");
      }
      faults = List.copyOf(faults);
    }

    private String words() {
      return faults.isEmpty()
          ? "no fault"
          : faults.stream().map(Schedule::words).collect(Collectors.joining(", "));
    }
  }

  /** The only migration of a trial with two hosts. */
  public static List<Migration> once(List<PlannedFault> faults) {
    return List.of(new Migration(FIRST, SECOND, faults));
  }

  /** The hosts, the one where the guest starts first. */
  @JsonIgnore
  public List<String> hosts() {
    Set<String> hosts = new LinkedHashSet<>();
    migrations.forEach(
        migration -> {
          hosts.add(migration.from());
          hosts.add(migration.to());
        });
    return List.copyOf(hosts);
  }

  /** All faults, those of the first migration first. */
  @JsonIgnore
  public List<PlannedFault> faults() {
    return migrations.stream().flatMap(migration -> migration.faults().stream()).toList();
  }

  /**
   * Pages whose way is traced: two of clients' cells, one that is hot, and one that is written
   * rarely. Where they are is the layout of the RISC-V guest in RAM.
   */
  public static List<Integer> trackedPages(GuestLoad guest) {
    int cells = 20;
    int workingSet = 94;
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
    return with(number, migrations);
  }

  /** The same with one migration and these faults. */
  public Schedule withFaults(List<PlannedFault> others) {
    return with(trial, once(others));
  }

  /** The same with another way for the guest, from host to host. */
  public Schedule travelling(List<Migration> itinerary, boolean comparesMemories) {
    return with(trial, itinerary, comparesMemories);
  }

  private Schedule with(int number, List<Migration> others) {
    return with(number, others, comparesMemory);
  }

  private Schedule with(int number, List<Migration> others, boolean comparesMemories) {
    return new Schedule(
        number,
        seed,
        implementation,
        mode,
        others,
        retry,
        comparesMemories,
        guest,
        bandwidthMax,
        downtimeLimitMillis,
        capabilities);
  }

  /** What decides between the hosts whose the guest is. */
  @JsonIgnore
  public Ownership ownership() {
    return Implementations.ownership(implementation);
  }

  /** How the guest is moved, in a word: its mode, and its ownership if it has one. */
  @JsonIgnore
  public String way() {
    return ownership() == Ownership.NONE ? mode.word() : mode.word() + "-" + ownership().word();
  }

  /** The plan in words. */
  @JsonIgnore
  public String plan() {
    String plan =
        migrations.size() == 1
            ? migrations.get(0).words()
            : migrations.stream()
                .map(each -> each.from() + " to " + each.to() + ": " + each.words())
                .collect(Collectors.joining("; "));
    String way = way();
    String inMode = way.equals(Mode.PRECOPY.word()) ? plan : way + ": " + plan;
    return capabilities.isEmpty() ? inMode : inMode + ", with " + String.join(", ", capabilities);
  }

  private static String words(PlannedFault fault) {
    Trigger at = fault.at();
    return fault.kind().word()
        + (at.afterMillis() > 0 ? " " + at.afterMillis() + " ms after " : " at ")
        + at.phase().word()
        + (at.connection() > 1 ? " of connection " + at.connection() : "");
  }
}
