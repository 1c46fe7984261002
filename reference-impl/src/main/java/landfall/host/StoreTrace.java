package landfall.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.forwardcheckpoint.Store;
import landfall.precopy.PageSet;
import landfall.trace.TraceWriter;
import landfall.wire.CheckpointPages;
import landfall.wire.StoreRequest;

/**
 * The trace of a store, see docs/protocol.md: its steps, and what it refused. It tells of one
 * guest, the first that comes, and of the latest attempt to move it. On the loop's thread.
 */
final class StoreTrace {
  private final TraceWriter writer;
  private final List<Integer> tracked;
  private UUID guest;
  private int attempt;
  private boolean broken;

  StoreTrace(TraceWriter writer, List<Integer> tracked) {
    this.writer = writer;
    this.tracked = List.copyOf(new TreeSet<>(tracked));
  }

  static String name(Place side) {
    return side.name().toLowerCase(Locale.ROOT);
  }

  private static String name(Claim claim) {
    return claim.name().toLowerCase(Locale.ROOT);
  }

  /** The claim of a host. */
  static Claim claim(Place side) {
    return side == Place.SOURCE ? Claim.SOURCE : Claim.DESTINATION;
  }

  private boolean tellsOf(StoredAttempt.Key key) {
    return key.guest().equals(guest) && key.attempt() == attempt;
  }

  /** An attempt asks for the first time in the life of this store. */
  void takeUp(StoredAttempt.Key key, Claim claim, int pages) {
    if (guest == null || key.guest().equals(guest) && key.attempt() > attempt) {
      guest = key.guest();
      attempt = key.attempt();
      append(
          "TakeUpAttempt",
          Trace.args("attempt", attempt),
          new Store(PageSet.empty(), 0, claim),
          pages);
    }
  }

  void took(
      StoredAttempt.Key key,
      Request.ToStore action,
      StoredAttempt.Asked asked,
      Store after,
      StoredPages before,
      int pages) {
    if (!tellsOf(key)) {
      return;
    }
    int number = asked.request().number();
    StoreRequest said = asked.request();
    if (action instanceof Request.KeepPage keep) {
      if (!isTracked(keep.page(), pages)) {
        return;
      }
      int version = keep.page() == pages ? said.version() : asked.pages().get(0).version();
      boolean kept = !before.has(keep.page()) || before.version(keep.page()) != version;
      page(action, keep.page(), Trace.args("version", version, "kept", kept), number, after, pages);
    } else if (action instanceof Request.GivePage give) {
      var args = Trace.args("version", before.version(give.page()));
      page(action, give.page(), args, number, after, pages);
    } else if (action instanceof Request.ConfirmCopies) {
      var args = Trace.args("request", number, "pages", trackedOf(after.copies(), pages));
      append(action.name(), args, after, pages);
    } else if (action instanceof Request.StartCheckpoints start) {
      append(
          action.name(), Trace.args("request", number, "position", start.position()), after, pages);
    } else if (action instanceof Request.CommitPages commit) {
      var args =
          Trace.args(
              "request",
              number,
              "position",
              commit.position(),
              "pages",
              trackedOf(come(asked, pages), pages));
      append(action.name(), args, after, pages);
    } else if (action instanceof Request.GiveImage) {
      var args = Trace.args("request", number, "position", after.stored());
      append(action.name(), args, after, pages);
    } else {
      boolean asks = action instanceof Request.ConfirmClaim;
      Map<String, Object> args = Trace.args("by", name(asked.by().side()), "request", number);
      if (asks) {
        args.put("claim", name(after.claim()));
      }
      append(action.name(), args, after, pages);
    }
  }

  /** The store said no. */
  void refused(StoredAttempt.Key key, StoredAttempt.Asked asked, Store now, int pages) {
    if (tellsOf(key)) {
      var args =
          Trace.args(
              "by",
              name(asked.by().side()),
              "request",
              asked.request().number(),
              "claim",
              name(now.claim()));
      append("Refuse", args, now, pages);
    }
  }

  /** The store was told that it is needed no more, and has forgotten the pages. */
  void released(StoredAttempt.Key key, StoredAttempt.Asked asked, Claim claim, int pages) {
    if (tellsOf(key)) {
      var args = Trace.args("by", name(asked.by().side()), "request", asked.request().number());
      append("Release", args, new Store(PageSet.empty(), 0, claim), pages);
    }
  }

  private void page(
      Request.ToStore action,
      int page,
      Map<String, Object> more,
      int number,
      Store after,
      int pages) {
    if (isTracked(page, pages)) {
      Map<String, Object> args = Trace.args("request", number, "page", page);
      args.putAll(more);
      append(action.name(), args, after, pages);
    }
  }

  private static PageSet come(StoredAttempt.Asked asked, int pages) {
    int[] numbers = asked.pages().stream().mapToInt(CheckpointPages.Page::number).toArray();
    PageSet come = PageSet.of(numbers);
    return asked.request().state().length > 0 ? come.union(PageSet.of(pages)) : come;
  }

  // The state is followed as hosts follow it, as one more page.
  private boolean isTracked(int page, int pages) {
    return page == pages || tracked.contains(page);
  }

  private List<Integer> trackedOf(PageSet set, int pages) {
    List<Integer> members = new ArrayList<>();
    for (int page : tracked) {
      if (set.contains(page)) {
        members.add(page);
      }
    }
    if (set.contains(pages)) {
      members.add(pages);
    }
    return members;
  }

  // A trace with a hole would be judged as if the store had skipped a step: better none at all.
  private void append(String action, Map<String, Object> args, Store after, int pages) {
    if (broken) {
      return;
    }
    try {
      writer.append(
          action,
          args,
          Trace.args(
              "phase",
              name(after.claim()),
              "copies",
              trackedOf(after.copies(), pages).size(),
              "stored",
              after.stored()));
    } catch (IOException e) {
      broken = true;
      System.err.println("landfall store: the trace ends here, it cannot be written: " + e);
    }
  }
}
