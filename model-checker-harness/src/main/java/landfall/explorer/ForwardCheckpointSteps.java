package landfall.explorer;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import landfall.explorer.CoreInWorld.Next;
import landfall.explorer.ForwardCheckpointWorld.Draft;
import landfall.explorer.ForwardCheckpointWorld.Link;
import landfall.forwardcheckpoint.Action;
import landfall.forwardcheckpoint.DestinationCore;
import landfall.forwardcheckpoint.Effect;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Protocol;
import landfall.forwardcheckpoint.Request;
import landfall.forwardcheckpoint.SourceCore;
import landfall.forwardcheckpoint.StoreCore;
import landfall.precopy.PageSet;
import landfall.protocol.Core;

/**
 * Everything that can happen next in a {@link ForwardCheckpointWorld}. Whether a place is alive and
 * who can be reached is decided here; what comes of it, by the cores alone. What one place asks of
 * another is answered by the other's core at once; if it is not, the step does not happen.
 */
final class ForwardCheckpointSteps {

  /** Steps that no place takes; their names in the specification. */
  static final Set<String> WITHOUT_HOST = Set.of("GuestStep", "Crash", "CutLink", "HealLink");

  private static final List<Place> HOSTS = List.of(Place.SOURCE, Place.DESTINATION);

  private final ForwardCheckpointWorld world;
  private final Protocol protocol;
  private final List<Next<ForwardCheckpointWorld>> next = new ArrayList<>();

  ForwardCheckpointSteps(ForwardCheckpointWorld world, Protocol protocol) {
    this.world = world;
    this.protocol = protocol;
  }

  /** The steps from this world, in no particular order. A step may lead back to the same world. */
  List<Next<ForwardCheckpointWorld>> all() {
    guest();
    if (world.alive(Place.SOURCE)) {
      source();
    }
    if (world.alive(Place.DESTINATION)) {
      destination();
    }
    faults();
    return next;
  }

  private void guest() {
    for (Place host : HOSTS) {
      for (int page = 0; page < protocol.pages(); page++) {
        // A page that is absent faults.
        if (world.guestRunsAt(host) && world.copy(host).versions().get(page) != ModelWorld.ABSENT) {
          int written = page;
          happens(
              "GuestStep",
              About.place(host.ordinal()).page(page),
              draft -> write(draft, host, written));
        }
      }
    }
  }

  private void write(Draft draft, Place host, int page) {
    draft.guestWrites(host, page);
    if (host == Place.SOURCE || !world.destination().holdsOutput()) {
      draft.released = draft.stepCount();
    }
  }

  private void source() {
    for (int page = 0; page < protocol.pages(); page++) {
      source(
          new Action.CopyAhead(page, world.log().contains(page)), About.place(0).and(2).page(page));
    }
    source(new Action.PauseSource());
    source(
        new Action.SwitchOver(
            world.copy(Place.SOURCE).position(), WorldSteps.pageSet(world.log())));
    boolean silent = !world.connected(Place.SOURCE, Place.DESTINATION);
    if (silent || !world.connected(Place.SOURCE, Place.STORE)) {
      source(new Action.ResumeSource());
    }
    if (silent) {
      source(new Action.StartRecovery());
    }
    source(new Action.RecoverSource());
    source(new Action.LearnClaimed());
  }

  private void destination() {
    for (int page = 0; page < protocol.pages(); page++) {
      destination(new Action.FetchPage(page, Place.SOURCE), About.place(1).and(0).page(page));
      destination(new Action.FetchPage(page, Place.STORE), About.place(1).and(2).page(page));
    }
    destination(new Action.CommitCheckpoint(world.copy(Place.DESTINATION).position()));
    if (world.connected(protocol.keeper(), Place.DESTINATION)) {
      destination(new Action.ReceiveCheckpointDone(world.storedAt(protocol.keeper())));
    }
    if (!world.connected(Place.SOURCE, Place.DESTINATION)) {
      destination(new Action.ClaimGuest());
    }
    // The module counts the output of the guest, and not what each host holds: of a superseded host
    // it tells nothing any more once the recovered guest has written.
    destination(new Action.ReleaseOutput(world.released()));
    destination(new Action.FinishClaim());
    destination(new Action.LearnSuperseded());
    destination(new Action.GrantOwnership());
    destination(new Action.BecomeOwner());
  }

  private void faults() {
    for (Place place : Place.values()) {
      if (world.alive(place)) {
        happens(
            "Crash",
            About.place(place.ordinal()),
            draft -> {
              draft.crashed.add(place);
              draft.countFailure();
            });
      }
    }
    for (Link link : Link.values()) {
      if (world.cut().contains(link)) {
        happens("HealLink", about(link), draft -> draft.cut.remove(link));
      } else {
        happens(
            "CutLink",
            about(link),
            draft -> {
              draft.cut.add(link);
              draft.countFailure();
            });
      }
    }
  }

  private static About about(Link link) {
    var ends = link.ends().stream().mapToInt(Place::ordinal).sorted().toArray();
    return About.place(ends[0]).and(ends[1]);
  }

  private void source(Action.OfSource action) {
    source(action, About.place(Place.SOURCE.ordinal()));
  }

  private void source(Action.OfSource action, About about) {
    if (Taken.enables(new SourceCore(protocol), world.source(), action)) {
      var draft = new Draft(world);
      if (new Exchange(draft).source(action, Place.SOURCE)) {
        next.add(new Next<>(action.name(), about, draft::world));
      }
    }
  }

  private void destination(Action.OfDestination action) {
    destination(action, About.place(Place.DESTINATION.ordinal()));
  }

  private void destination(Action.OfDestination action, About about) {
    if (Taken.enables(new DestinationCore(protocol), world.destination(), action)) {
      var draft = new Draft(world);
      if (new Exchange(draft).destination(action, Place.DESTINATION)) {
        next.add(new Next<>(action.name(), about, draft::world));
      }
    }
  }

  private void happens(String action, About about, Consumer<Draft> change) {
    next.add(
        new Next<>(
            action,
            about,
            () -> {
              var draft = new Draft(world);
              change.accept(draft);
              return draft.world();
            }));
  }

  /**
   * A step of one place, and those by which others answer it: all of them, or none. False means
   * that somebody did not agree, or could not be asked; then the draft is of no use.
   */
  private final class Exchange {
    private final Draft draft;
    // The version of the page that was the answer.
    private Optional<Integer> given = Optional.empty();
    // The image that was the answer.
    private Optional<Image> image = Optional.empty();

    Exchange(Draft draft) {
      this.draft = draft;
    }

    boolean source(landfall.protocol.Action action, Place asker) {
      var core = new SourceCore(protocol);
      return takes(core, draft.source, action, phase -> draft.source = phase, Place.SOURCE, asker);
    }

    boolean destination(landfall.protocol.Action action, Place asker) {
      return takes(
          new DestinationCore(protocol),
          draft.destination,
          action,
          phase -> draft.destination = phase,
          Place.DESTINATION,
          asker);
    }

    private boolean store(Request.ToStore request, Place asker) {
      var core = new StoreCore(protocol);
      return takes(core, draft.store, request, phase -> draft.store = phase, Place.STORE, asker);
    }

    private <P, A extends landfall.protocol.Action> boolean takes(
        Core<P, A, Effect> core, P phase, A action, Consumer<P> reached, Place at, Place asker) {
      return Taken.<Draft, P, A, Effect>world(
              core,
              phase,
              action,
              () -> draft,
              (same, next) -> {
                reached.accept(next);
                return same;
              },
              (same, effect) -> perform(effect, at, asker) ? Optional.of(same) : Optional.empty())
          .isPresent();
    }

    /**
     * Performs what is due at a place.
     *
     * @param asker whom the place answers; itself, if nobody
     */
    private boolean perform(Effect effect, Place at, Place asker) {
      if (!asks(effect, at)) {
        return false;
      }
      if (!changesPages(effect, at, asker)) {
        changesGuest(effect, at);
      }
      return true;
    }

    /** Has the question answered, if the effect is one; false if it is not answered. */
    private boolean asks(Effect effect, Place at) {
      if (effect instanceof Effect.AskSource ask) {
        return world.connected(at, Place.SOURCE) && source(ask.request(), at);
      }
      if (effect instanceof Effect.AskDestination ask) {
        return world.connected(at, Place.DESTINATION) && destination(ask.request(), at);
      }
      if (effect instanceof Effect.AskStore ask) {
        return world.connected(at, Place.STORE) && store(ask.request(), at);
      }
      return true;
    }

    /** Performs an effect on pages, or a question; false if it is neither. */
    private boolean changesPages(Effect effect, Place at, Place asker) {
      if (effect instanceof Effect.SendPage page) {
        given = Optional.of(draft.version(at, page.page()));
      } else if (effect instanceof Effect.PlacePage page) {
        WorldSteps.require(given.isPresent(), effect);
        draft.setVersion(at, page.page(), given.get());
      } else if (effect instanceof Effect.SendImage sent) {
        image = Optional.of(new Image(sent.position(), versions(at, sent.pages())));
      } else if (effect instanceof Effect.StorePage page) {
        draft.setVersion(at, page.page(), draft.version(asker, page.page()));
      } else if (effect instanceof Effect.CommitImage commit) {
        commit.pages().stream()
            .forEach(page -> draft.setVersion(at, page, draft.version(asker, page)));
      } else if (effect instanceof Effect.ClearWritten page) {
        draft.clearWritten(page.page());
      } else if (effect instanceof Effect.StopLog) {
        draft.stopLog();
      } else {
        return effect instanceof Effect.AskSource
            || effect instanceof Effect.AskDestination
            || effect instanceof Effect.AskStore;
      }
      return true;
    }

    private void changesGuest(Effect effect, Place at) {
      if (effect instanceof Effect.PauseGuest || effect instanceof Effect.StopGuest) {
        draft.setExecuting(at, false);
      } else if (effect instanceof Effect.ResumeGuest) {
        draft.setExecuting(at, true);
      } else if (effect instanceof Effect.ResumeFrom from) {
        resumeFrom(from.position(), at);
      } else if (effect instanceof Effect.ResumeFromAnswer) {
        WorldSteps.require(image.isPresent(), effect);
        image.get().versions().forEach((page, version) -> draft.setVersion(at, page, version));
        resumeFrom(image.get().position(), at);
      } else if (effect instanceof Effect.ReleaseOutput release) {
        draft.released = release.upTo();
      } else if (effect instanceof Effect.ReleaseAllOutput) {
        draft.released = draft.stepCount();
      } else {
        throw new IllegalStateException("the model world cannot perform " + effect);
      }
    }

    private void resumeFrom(int position, Place at) {
      draft.takeBackStepsAfter(position);
      draft.setPosition(at, position);
      draft.setExecuting(at, true);
    }

    private Map<Integer, Integer> versions(Place at, PageSet pages) {
      return pages.stream().boxed().collect(toMap(page -> page, page -> draft.version(at, page)));
    }
  }

  /** What of the guest one place sends another: versions of pages, as they were at a position. */
  private record Image(int position, Map<Integer, Integer> versions) {}
}
