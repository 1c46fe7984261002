package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import landfall.explorer.CoreInWorld.Next;

/** A {@link Moment} of one protocol. */
record MomentOf<W>(CoreInWorld<W> core, Claims<W> claims, W world) implements Moment {

  static <W> Moment first(CoreInWorld<W> core) {
    return new MomentOf<>(core, core.claims(), core.initial());
  }

  @Override
  public List<Move> moves() {
    List<Next<W>> next = core.from(world);
    var moves = new ArrayList<Move>(next.size());
    for (Next<W> each : next) {
      moves.add(new MoveOf<>(this, each));
    }
    return moves;
  }

  @Override
  public Optional<String> broken() {
    return claims.broken(world);
  }

  @Override
  public Optional<String> owed() {
    return claims.owed(world);
  }

  @Override
  public boolean lost() {
    return claims.home(world) == Claims.Home.LOST;
  }

  @Override
  public boolean unpromised() {
    return claims.unpromised(world);
  }

  @Override
  public List<String> executing() {
    return claims.executing(world);
  }

  private record MoveOf<W>(MomentOf<W> before, Next<W> next) implements Move {

    @Override
    public String action() {
      return next.action();
    }

    @Override
    public long key() {
      return key(next.about());
    }

    @Override
    public long keyAt(int who, int other) {
      About about = next.about();
      return key(new About(who, other, about.attempt(), about.age(), about.page()));
    }

    private long key(About about) {
      return (long) next.action().hashCode() << Integer.SIZE
          | Integer.toUnsignedLong(about.number());
    }

    @Override
    public int who() {
      return next.about().who();
    }

    @Override
    public int other() {
      return next.about().other();
    }

    @Override
    public int attempt() {
      return next.about().attempt();
    }

    @Override
    public int page() {
      return next.about().page();
    }

    @Override
    public boolean mayLose() {
      return before.claims.mayLose(before.world, next.action());
    }

    @Override
    public Moment after() {
      return new MomentOf<>(before.core, before.claims, next.world());
    }
  }
}
