package landfall.tracecheck;

import java.util.List;
import java.util.Map;
import java.util.Set;
import landfall.tracecheck.EngineRun.Event;

/**
 * Why a changed trace of ForwardCheckpoint is one of a correct run, too. Requests and answers may
 * be lost there, and what nobody has read, or will ever need, may be missing or otherwise.
 */
final class HarmlessChange {
  /** Answers of the store that change nothing there, and what it sends. */
  private static final Set<String> SAYS =
      Set.of("ConfirmClaim", "Refuse", "ConfirmCopies", "GiveImage", "GivePage");

  /** What changes nothing at its place: asked, said or sent. */
  private static final Set<String> CHANGES_NOTHING =
      Set.of(
          "CopyAhead",
          "AskClaim",
          "GivePage",
          "ConfirmPromise",
          "GrantOwnership",
          "CommitCheckpoint",
          "ConfirmClaim",
          "ConfirmCopies",
          "Refuse",
          "GiveImage");

  private static final Set<String> OF_CLAIM =
      Set.of("StartRecovery", "ClaimGuest", "LearnClaimed", "LearnSuperseded");

  private final Perturbation change;
  private final Event event;

  private HarmlessChange(Perturbation change) {
    this.change = change;
    event = change.event();
  }

  /** Empty if there is no reason. */
  static String why(Perturbation change) {
    var harmless = new HarmlessChange(change);
    return switch (change.kind()) {
      case "drop" -> harmless.dropped();
      case "double" -> harmless.doubled();
      case "swap" -> harmless.swapped();
      default -> harmless.altered();
    };
  }

  private String dropped() {
    if (change.last()) {
      return "a place may be killed before its last event";
    }
    String what = event.action();
    if (SAYS.contains(what) && !isRead()) {
      return "an answer that nobody read may not have been given";
    }
    if (Set.of("CopyAhead", "AskClaim", "CommitCheckpoint", "GrantOwnership").contains(what)
        && !isAnswered()) {
      return "a request that was lost may not have been made";
    }
    if (Set.of("CommitCheckpoint", "GrantOwnership").contains(what)
        && unchanged().stream()
            .anyMatch(other -> other.action().equals(what) && other.args().equals(event.args()))) {
      return "what was asked twice may have been asked once";
    }
    if (what.equals("AskClaim") && isAnswered("Refuse")) {
      return "of what was refused it does not matter that it was the claim";
    }
    if (what.equals("KeepPage") && isReplaced()) {
      return "a copy that is not the last of its page may have been lost on its way";
    }
    if (what.equals("KeepPage") && event.args().get("kept").equals(false)) {
      return "a copy that changed nothing may have been lost on its way";
    }
    if (what.equals("TakeClaim")
        && !isRead()
        && change.behaviour().events().stream()
            .anyMatch(other -> other.action().equals("TakeClaim"))) {
      return "a claim that is given twice may have been given once";
    }
    if (what.equals("ConfirmPromise")) {
      return "a promise that is given may be asked for again, or not";
    }
    if (what.equals("ReleaseOutput")
        && Set.of("ClaimGuest", "BecomeOwner").contains(change.next().action())) {
      return "who has the guest alone releases what it held, too";
    }
    return "";
  }

  private String doubled() {
    if (Set.of("GivePage", "GiveImage").contains(event.action())) {
      return "what is sent may be sent again";
    }
    if (event.action().equals("TakeUpAttempt")) {
      return "a store that has nothing yet may be started again";
    }
    return Set.of("CommitCheckpoint", "GrantOwnership", "ConfirmPromise").contains(event.action())
        ? "what was asked may be asked again"
        : "";
  }

  private String swapped() {
    if (isNothing(event) && isNothing(change.next())) {
      return "of two events that change nothing at their place either may come first";
    }
    boolean copies =
        event.action().equals("KeepPage")
            && (change.next().action().equals("KeepPage") || isNothing(change.next()));
    return copies || isNothing(event) && change.next().action().equals("KeepPage")
        ? "a copy may arrive sooner or later"
        : "";
  }

  private boolean isNothing(Event one) {
    return CHANGES_NOTHING.contains(one.action())
        || one.action().equals("KeepPage") && one.args().get("kept").equals(false)
        || one.action().equals("TakeClaim") && isGivenAgain(one);
  }

  /** Whether the store gave the claim to the same host in another event. */
  private boolean isGivenAgain(Event claim) {
    return change.behaviour().at("store").stream()
            .filter(other -> other.action().equals("TakeClaim"))
            .filter(other -> other.args().get("by").equals(claim.args().get("by")))
            .count()
        > 1;
  }

  private String altered() {
    String what = event.action();
    String fact = change.kind();
    if (fact.equals("after.missing") && what.equals("RunGuest") && change.last()) {
      return "which pages a host had at the switchover is told only behind it";
    }
    if (fact.equals("after.missing")
        && what.equals("RunGuest")
        && change.next().action().equals("FetchPage")
        && change.next().args().get("from").equals("source")) {
      return "a page that comes first may have been there at the switchover";
    }
    if (fact.equals("args.attempt")) {
      return "nothing else in these traces tells the number of an attempt";
    }
    if (fact.equals("args.request") && what.equals("StartCheckpoints")) {
      return "nobody tells of the request that it answers";
    }
    if (fact.equals("args.kept") && isKeptAgain()) {
      return "that a copy was there already says that it changes nothing";
    }
    if (Set.of("args.request", "args.by").contains(fact) && what.equals("Release")) {
      return "nothing tells of the request that it answers, and the guest is whole";
    }
    if (Set.of("args.request", "args.by").contains(fact)
        && Set.of("ConfirmClaim", "Refuse", "ConfirmCopies").contains(what)
        && !isRead()) {
      return "an answer that nobody read may have been to any request";
    }
    if (fact.equals("args.request") && what.equals("TakeClaim") && !isRead()) {
      return "of two requests for the claim either may have been answered";
    }
    if (fact.equals("args.request") && OF_CLAIM.contains(what)) {
      return "of two answers that say the same either may have been read";
    }
    if (fact.equals("args.request")
        && what.equals("AskClaim")
        && (!isAnswered() || isAnswered("Refuse"))) {
      return "a request that was lost may have had any number";
    }
    if (fact.equals("args.request") && what.equals("KeepPage") && isCopiedAgain()) {
      return "of two copies that are the same either may have arrived";
    }
    if (what.equals("CopyAhead") && !isAnswered()) {
      return "a copy that was lost on its way may have been any";
    }
    if (what.equals("GivePage") && !isRead()) {
      return "a page that was lost on its way may have been any";
    }
    if (what.equals("FetchPage") && Set.of("args.page", "args.from").contains(fact)) {
      return "of two pages that are on their way, or one from two places, either may have come";
    }
    return "";
  }

  // ---------------------------------------------------------------- what else is told

  private boolean anyOther(String action, String... facts) {
    return unchanged().stream()
        .filter(other -> other.action().equals(action))
        .anyMatch(
            other -> {
              for (String fact : facts) {
                if (!event.args().get(fact).equals(other.args().get(fact))) {
                  return false;
                }
              }
              return true;
            });
  }

  private List<Event> unchanged() {
    return change.behaviour().events();
  }

  /** Whether somebody tells that it has read this answer. */
  private boolean isRead() {
    return switch (event.action()) {
      case "ConfirmClaim", "Refuse", "TakeClaim" ->
          unchanged().stream()
              .filter(other -> OF_CLAIM.contains(other.action()))
              .filter(other -> other.host().equals(event.args().get("by")))
              .anyMatch(other -> other.args().get("request").equals(event.args().get("request")));
      case "ConfirmCopies" -> anyOther("SwitchOver", "request");
      case "GiveImage" -> anyOther("RecoverSource", "position");
      case "GivePage" ->
          unchanged().stream()
              .filter(other -> other.action().equals("FetchPage"))
              .filter(other -> other.args().get("from").equals(event.host()))
              .anyMatch(other -> other.args().get("page").equals(event.args().get("page")));
      default -> false;
    };
  }

  private boolean isAnswered() {
    return switch (event.action()) {
      case "CopyAhead" -> anyOther("KeepPage", "request");
      case "CommitCheckpoint" -> anyOther("CommitPages", "position");
      case "AskClaim" -> isAnswered("TakeClaim") || isAnswered("Refuse");
      case "GrantOwnership" -> anyOther("PromiseNotToRecover") || anyOther("ConfirmPromise");
      default -> true;
    };
  }

  private boolean isAnswered(String answer) {
    return unchanged().stream()
        .filter(other -> other.action().equals(answer))
        .filter(other -> event.host().equals(other.args().get("by")))
        .anyMatch(other -> other.args().get("request").equals(event.args().get("request")));
  }

  /** Whether the store had a copy of the page before, and gets another, or needs none. */
  private boolean isReplaced() {
    Map<String, Object> args = event.args();
    List<Event> copies =
        change.behaviour().at("store").stream()
            .filter(other -> other.action().equals("KeepPage"))
            .filter(other -> other.args().get("page").equals(args.get("page")))
            .toList();
    int version = (Integer) args.get("version");
    Event next = change.next();
    if (next.action().equals("KeepPage") && next.args().get("page").equals(args.get("page"))) {
      return (Integer) next.args().get("version") > (Integer) args.get("version");
    }
    boolean older =
        copies.stream().anyMatch(copy -> (Integer) copy.args().get("version") < version);
    boolean newer =
        copies.stream().anyMatch(copy -> (Integer) copy.args().get("version") > version);
    boolean switches = unchanged().stream().anyMatch(other -> other.action().equals("SwitchOver"));
    return older && (newer || !switches);
  }

  private boolean isCopiedAgain() {
    return change.behaviour().at("source").stream()
            .filter(other -> other.action().equals("CopyAhead"))
            .filter(other -> other.args().get("page").equals(event.args().get("page")))
            .filter(other -> other.args().get("version").equals(event.args().get("version")))
            .count()
        > 1;
  }

  private boolean isKeptAgain() {
    return change.behaviour().at("store").stream()
            .filter(other -> other.action().equals("KeepPage"))
            .filter(other -> other.args().get("page").equals(event.args().get("page")))
            .filter(other -> other.args().get("version").equals(event.args().get("version")))
            .count()
        > 1;
  }
}
