package landfall.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import landfall.explorer.ExploredProtocol;
import landfall.explorer.Moment;
import landfall.explorer.Moment.Move;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ten minutes of virtual time without a network, from any moment of a migration on. Now and then a
 * link comes back, for too short a time or just long enough for a few steps, and is cut again: so
 * the hosts ask each other hundreds of times, and the operator tries again. No property breaks, and
 * once the network is back for good the guest runs, once.
 */
class LongOutageTest {
  private static final double OUTAGE_MICROS = 600e6;
  private static final int BEGINNINGS = 40;
  private static final int BEGINNING_STEPS = 3;

  /** Below this many steps, hosts would have slept through the outage. */
  private static final int STEPS_MIN = 500;

  /** So often the operator tries again when an attempt came to nothing. */
  private static final int ATTEMPTS_MAX = 100;

  /** So often a link comes back for a moment; after that it stays cut to the end. */
  private static final int GLIMPSES_MAX = 400;

  /** A link that comes back is cut again before so many steps. */
  private static final int GLIMPSE_STEPS = 4;

  /** The course of one world. */
  private static final class World {
    private final ExploredProtocol protocol;
    private final Calendar calendar;
    private final List<String> story = new ArrayList<>();
    private final SplittableRandom glimpses;
    private Moment moment;
    private int seenAgain;

    World(ExploredProtocol protocol, boolean arbiter, long seed) {
      this.protocol = protocol;
      glimpses = new SplittableRandom(seed);
      calendar = new Calendar(new Tempo(new SplittableRandom(seed), protocol, false));
      moment = new Setting(protocol, 2, arbiter, false).first(Set.of());
    }

    private boolean is(Move move, Kind... kinds) {
      return List.of(kinds).contains(Kind.of(move.action(), protocol));
    }

    private boolean goesOn(Move move) {
      return is(move, Kind.WORK, Kind.DEADLINE, Kind.PERIODIC, Kind.CLOCK);
    }

    /** Takes what is due next among these; false if there is nothing. */
    private boolean step(List<Move> possible) {
      calendar.update(possible);
      if (calendar.next() < 0) {
        return false;
      }
      Move move = possible.get(calendar.next());
      calendar.take();
      take(move);
      return true;
    }

    void take(Move move) {
      seenAgain += move.action().equals("HealLink") ? 1 : 0;
      if (story.size() < 500) {
        story.add(move.action());
      }
      Moment before = moment;
      moment = move.after();
      assertEquals(Optional.empty(), Course.broken(before, move, moment), this::toString);
    }

    /** An operator moves the guest, and so many steps are taken. */
    void begin(int steps) {
      take(nextAttempt().orElseThrow());
      for (int i = 0; i < steps; i++) {
        step(moment.moves().stream().filter(this::goesOn).toList());
      }
    }

    /** Cuts whatever link there is. */
    void cut() {
      for (Optional<Move> cut = nextCut(); cut.isPresent(); cut = nextCut()) {
        take(cut.get());
      }
    }

    private Optional<Move> nextCut() {
      return moment.moves().stream().filter(move -> move.action().equals("CutLink")).findFirst();
    }

    /** Gives how many steps were taken. */
    int outage() {
      int steps = 0;
      int attempts = 0;
      int glimpse = 0;
      seenAgain = 0;
      double end = calendar.now() + OUTAGE_MICROS;
      while (calendar.now() < end) {
        if (glimpse == 0) {
          cut();
          glimpse = glimpses.nextInt(GLIMPSE_STEPS);
        } else {
          glimpse--;
        }
        if (!step(moment.moves().stream().filter(this::goesOnOrHeals).toList())) {
          Optional<Move> again = nextAttempt();
          if (attempts == ATTEMPTS_MAX || again.isEmpty()) {
            // Nothing happens until the end of the outage.
            return steps;
          }
          attempts++;
          take(again.get());
        }
        steps++;
      }
      return steps;
    }

    private Optional<Move> nextAttempt() {
      return moment.moves().stream().filter(move -> is(move, Kind.OPERATOR)).findFirst();
    }

    private boolean goesOnOrHeals(Move move) {
      return goesOn(move) || move.action().equals("HealLink") && seenAgain < GLIMPSES_MAX;
    }

    @Override
    public String toString() {
      return protocol + ": " + story;
    }
  }

  @ParameterizedTest
  @CsvSource({"PRE_COPY, false", "PRE_COPY, true", "POST_COPY, false", "POST_COPY, true"})
  void afterTenMinutesWithoutANetworkTheGuestRunsOnce(ExploredProtocol protocol, boolean arbiter) {
    int most = 0;
    int inDoubt = 0;
    for (int beginning = 0; beginning < BEGINNINGS; beginning += BEGINNING_STEPS) {
      var world = new World(protocol, arbiter, beginning);
      world.begin(beginning);
      world.cut();
      inDoubt += world.moment.executing().isEmpty() ? 1 : 0;
      most = Math.max(most, world.outage());
      assertTrue(world.moment.executing().size() <= 1, world::toString);
      Course.Settled settled =
          Course.settled(world.moment, new Setting(protocol, 2, arbiter, false), true, beginning);
      assertEquals(Optional.empty(), settled.violated(), world::toString);
      assertFalse(settled.unsettled(), world::toString);
      assertFalse(settled.last().lost(), world::toString);
      assertEquals(1, settled.last().executing().size(), world::toString);
    }
    assertTrue(inDoubt > 0, "no outage began when it was in doubt who has the guest");
    assertTrue(most >= STEPS_MIN, most + " steps in ten minutes");
  }
}
