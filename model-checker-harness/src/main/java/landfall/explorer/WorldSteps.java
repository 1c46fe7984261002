package landfall.explorer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import landfall.explorer.CoreInWorld.Next;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.precopy.PageSet;
import landfall.protocol.Action;
import landfall.protocol.Core;

/**
 * Everything that can happen next in a {@link ModelWorld}. Whether an event can physically occur is
 * decided here and in the class of each protocol: a host is alive, a message has arrived, a
 * deadline can pass, a lock is free. Whether a host does anything about it, and what, is decided by
 * its core alone.
 *
 * @param <S> phases of the source's core
 * @param <D> phases of the destination's core
 */
abstract class WorldSteps<S, D> {

  /** Steps that no host takes; their names in the specification. */
  static final Set<String> WITHOUT_HOST =
      Set.of(
          "GuestStep",
          "CutLink",
          "HealLink",
          "ResetConnection",
          "LoseMessage",
          "CrashSource",
          "CrashDestination");

  final ModelWorld<S, D> world;
  private final List<Next<ModelWorld<S, D>>> next = new ArrayList<>();

  WorldSteps(ModelWorld<S, D> world) {
    this.world = world;
  }

  /** The steps from this world, in no particular order. A step may lead back to the same world. */
  final List<Next<ModelWorld<S, D>>> all() {
    guest();
    if (world.alive(Host.SOURCE)) {
      source();
    }
    if (world.alive(Host.DESTINATION)) {
      destination();
    }
    faults();
    return next;
  }

  /** Shows the source, which is alive, every event that can occur to it. */
  abstract void source();

  /** Shows the destination, which is alive, every event that can occur to it. */
  abstract void destination();

  /** Whether the guest can write this page where it runs. */
  abstract boolean writable(Host host, int page);

  /** The guest writes this page where it runs. */
  void write(WorldDraft<S, D> draft, Host host, int page) {
    draft.guestWrites(host, page);
  }

  /** What the world sees of the guest's last step; nothing, unless a protocol may hold output. */
  void hasWritten(WorldDraft<S, D> draft, Host host, int page) {}

  private void guest() {
    for (Host host : Host.values()) {
      if (world.guestRunsAt(host)) {
        for (int page = 0; page < world.copy(host).versions().size(); page++) {
          int written = page;
          if (writable(host, written)) {
            happens(
                "GuestStep",
                About.place(host.ordinal()).page(page),
                draft -> {
                  write(draft, host, written);
                  hasWritten(draft, host, written);
                });
          }
        }
      }
    }
  }

  private void faults() {
    for (Direction direction : Direction.values()) {
      if (world.cut().contains(direction)) {
        happens("HealLink", way(direction), draft -> draft.heal(direction));
      } else {
        happens("CutLink", way(direction), draft -> draft.cut(direction));
      }
    }
    losses();
    if (world.alive(Host.SOURCE)) {
      happens("CrashSource", About.place(0), draft -> crash(draft, Host.SOURCE));
    }
    if (world.alive(Host.DESTINATION)) {
      happens("CrashDestination", About.place(1), draft -> crash(draft, Host.DESTINATION));
    }
  }

  /** What a dead host leaves behind: here, connections that are broken. */
  void crash(WorldDraft<S, D> draft, Host host) {
    draft.crash(host);
  }

  /** What the link can lose while it is not cut: here, connections and their tails. */
  void losses() {
    int attempt = world.attempt();
    if (attempt > 0 && !world.broken().contains(attempt)) {
      happens(
          "ResetConnection",
          way(Direction.FORWARD).attempt(attempt, attempt),
          draft -> draft.reset(attempt));
    }
    // Only the tail of a broken connection can be lost: it is a TCP stream.
    for (int number = 1; number <= attempt; number++) {
      int broken = number;
      if (!world.broken().contains(broken)) {
        continue;
      }
      if (!world.forward().get(broken - 1).isEmpty()) {
        happens(
            "LoseMessage",
            way(Direction.FORWARD).attempt(broken, attempt),
            draft -> draft.loseLast(Direction.FORWARD, broken));
      }
      if (!world.back().get(broken - 1).isEmpty()) {
        happens(
            "LoseMessage",
            way(Direction.BACK).attempt(broken, attempt),
            draft -> draft.loseLast(Direction.BACK, broken));
      }
    }
  }

  // Shows the first unread message of every connection to the host at its end. Whether the host
  // still reads that connection is its core's decision.
  final void arrived(Direction direction, BiConsumer<Integer, Message> reader) {
    if (!world.cut().contains(direction)) {
      var connections = direction == Direction.FORWARD ? world.forward() : world.back();
      for (int attempt = 1; attempt <= connections.size(); attempt++) {
        var messages = connections.get(attempt - 1);
        if (!messages.isEmpty()) {
          reader.accept(attempt, messages.get(0));
        }
      }
    }
  }

  final PageSet dirty() {
    return pageSet(world.log());
  }

  static PageSet pageSet(Collection<Integer> pages) {
    return PageSet.of(pages.stream().mapToInt(Integer::intValue).toArray());
  }

  /** From whom to whom, as a direction has it. */
  static About way(Direction direction) {
    return direction == Direction.FORWARD ? About.place(0).and(1) : About.place(1).and(0);
  }

  final void happens(String action, About about, Consumer<WorldDraft<S, D>> change) {
    next.add(
        new Next<>(
            action,
            about,
            () -> {
              var draft = new WorldDraft<>(world);
              change.accept(draft);
              return draft.world();
            }));
  }

  /**
   * A host's step, if its core takes one: first the event itself, as far as it is the world's, then
   * what the core makes of it.
   */
  final <P, A extends Action, E> void happens(
      Core<P, A, E> core,
      P phase,
      A action,
      About about,
      Consumer<WorldDraft<S, D>> event,
      BiConsumer<WorldDraft<S, D>, P> reached,
      BiConsumer<WorldDraft<S, D>, E> performs) {
    if (Taken.enables(core, phase, action)) {
      next.add(
          new Next<>(
              action.name(), about, () -> after(core, phase, action, event, reached, performs)));
    }
  }

  private <P, A extends Action, E> ModelWorld<S, D> after(
      Core<P, A, E> core,
      P phase,
      A action,
      Consumer<WorldDraft<S, D>> event,
      BiConsumer<WorldDraft<S, D>, P> reached,
      BiConsumer<WorldDraft<S, D>, E> performs) {
    return Taken.<WorldDraft<S, D>, P, A, E>world(
            core,
            phase,
            action,
            () -> {
              var draft = new WorldDraft<>(world);
              event.accept(draft);
              return draft;
            },
            (draft, next) -> {
              reached.accept(draft, next);
              return draft;
            },
            (draft, effect) -> {
              performs.accept(draft, effect);
              return Optional.of(draft);
            })
        .orElseThrow()
        .world();
  }

  static void require(boolean possible, Object effect) {
    if (!possible) {
      throw new IllegalStateException("the core asks for " + effect + " where that is impossible");
    }
  }
}
