package landfall.tracecheck;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/**
 * What the events of a protocol say, as docs/protocol.md has it. An event with less than that is
 * bad input: the specification is to constrain every event by all that its host knew.
 */
final class Vocabulary {
  private static final Set<String> FLAGS =
      Set.of("taken", "placed", "reset", "handover", "disk", "committed", "refused", "kept");
  private static final Set<String> PAGE_LISTS =
      Set.of("dirty", "discard", "missing", "pages", "blocks");

  private static final Set<String> NAMES = Set.of("from", "message", "by", "claim");

  private static final Vocabulary POST_COPY =
      new Vocabulary(
          List.of("attempt", "round", "pending", "position", "sent", "received"),
          List.of("attempt", "missing", "position", "sent", "received"),
          """
          GuestStep page previous
          StartAttempt attempt sent
          SendPage attempt page version sent
          AnswerDemand attempt page version frame sent
          StartRound dirty
          PauseSource dirty
          OfferHandover attempt discard sent
          ReceiveReady attempt frame sent
          ReceiveResumed attempt frame
          ReceiveComplete attempt frame
          Cancel from
          AbortAttempt from
          ReclaimLock taken
          GiveUpConnection
          Recover attempt reset handover sent
          ReceivePageList attempt missing frame
          CrashSource
          DemandPage attempt page sent
          ReceiveHello attempt from frame
          ReceivePage attempt page version placed frame
          ReceiveDeviceState attempt discard frame sent
          ResumeDestination attempt frame sent
          RefuseHandover attempt frame
          LearnSuperseded
          ClaimLock
          DiscardImage
          ReceiveRecover attempt handover missing frame sent
          SendComplete attempt sent
          CrashDestination
          """);

  private static final Vocabulary REVERSE_CHECKPOINT =
      new Vocabulary(
          List.of("position", "stored", "staged", "sent", "received"),
          List.of("position", "acknowledged", "taken", "released", "missing", "sent", "received"),
          """
          GuestStep page disk previous
          SendPage page sent
          ReceiveCheckpointPage page version position frame
          CommitCheckpoint position committed frame sent
          ReclaimLock taken
          StartRecovery written
          RecoverSource blocks missing
          AnswerSuperseded message frame sent
          GrantOwnership frame sent
          AnswerGranted message frame sent
          CrashSource
          ReceivePage page frame
          TakeCheckpoint position pages sent
          RetakeCheckpoint
          ReceiveCheckpointDone position frame
          ReleaseOutput blocks refused
          ReceiveSuperseded frame
          LearnSuperseded
          AskOwnership sent
          BecomeOwner blocks frame
          ClaimLock blocks
          DropForward message frame
          CrashDestination
          """);

  private static final Vocabulary FORWARD_CHECKPOINT =
      new Vocabulary(
          List.of("position", "stored"),
          List.of("position", "acknowledged", "released", "missing"),
          List.of("copies", "stored"),
          """
          GuestStep page previous
          CopyAhead request page version
          PauseSource
          ResumeSource
          SwitchOver position request
          GivePage page version
          CommitPages position pages
          StartRecovery request
          RecoverSource position missing
          LearnClaimed request
          PromiseNotToRecover
          ConfirmPromise
          AskClaim request
          CrashSource
          RunGuest position
          FetchPage page version from
          CommitCheckpoint position pages
          ReceiveCheckpointDone position
          ReleaseOutput position
          ClaimGuest request
          FinishClaim
          LearnSuperseded request
          GrantOwnership
          BecomeOwner
          CrashDestination
          TakeUpAttempt attempt
          KeepPage request page version kept
          ConfirmCopies request pages
          StartCheckpoints request position
          TakeClaim by request
          ConfirmClaim by request claim
          Refuse by request claim
          GiveImage position
          Release by request
          CrashStore
          """);

  private final List<String> afterAtSource;
  private final List<String> afterAtDestination;
  private final List<String> afterAtStore;
  private final Map<String, List<String>> args = new LinkedHashMap<>();

  private Vocabulary(List<String> afterAtSource, List<String> afterAtDestination, String actions) {
    this(afterAtSource, afterAtDestination, afterAtDestination, actions);
  }

  private Vocabulary(
      List<String> afterAtSource,
      List<String> afterAtDestination,
      List<String> afterAtStore,
      String actions) {
    this.afterAtSource = afterAtSource;
    this.afterAtDestination = afterAtDestination;
    this.afterAtStore = afterAtStore;
    actions
        .lines()
        .map(line -> List.of(line.split(" ")))
        .forEach(words -> args.put(words.get(0), words.subList(1, words.size())));
  }

  /** The vocabulary of a protocol whose events are records of args and after. */
  static Vocabulary of(TracedProtocol protocol) {
    return switch (protocol) {
      case POST_COPY -> POST_COPY;
      case REVERSE_CHECKPOINT -> REVERSE_CHECKPOINT;
      case FORWARD_CHECKPOINT -> FORWARD_CHECKPOINT;
      case PRE_COPY -> throw new IllegalArgumentException("PreCopy's events have fixed fields");
    };
  }

  Set<String> actions() {
    return args.keySet();
  }

  /**
   * @throws MalformedTraceException if the event does not say all that it must; an action that the
   *     protocol does not have is for the specification to reject
   */
  void require(TraceEvent event) {
    List<String> names = args.get(event.action());
    if (names == null) {
      return;
    }
    for (String name : names) {
      JsonNode value = event.args().path(name);
      if (FLAGS.contains(name)) {
        check(value.isBoolean(), event, "args." + name, "true or false");
      } else if (NAMES.contains(name)) {
        check(value.isTextual(), event, "args." + name, "a name");
      } else if (PAGE_LISTS.contains(name)) {
        check(isPageList(value), event, "args." + name, "a list of page numbers");
      } else {
        check(isNumber(value), event, "args." + name, "a number");
      }
    }
    for (String name : after(event)) {
      check(isNumber(event.after().path(name)), event, "after." + name, "a number");
    }
  }

  private static void check(boolean right, TraceEvent event, String name, String needed) {
    if (!right) {
      throw new MalformedTraceException(
          event.where() + ": " + event.action() + " needs " + name + ", " + needed);
    }
  }

  private static boolean isNumber(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToInt();
  }

  private static boolean isPageList(JsonNode value) {
    if (!value.isArray()) {
      return false;
    }
    for (JsonNode page : value) {
      if (!isNumber(page)) {
        return false;
      }
    }
    return true;
  }

  private List<String> after(TraceEvent event) {
    if (event.at(TraceEvent.STORE)) {
      return afterAtStore;
    }
    return event.at(TraceEvent.SOURCE) ? afterAtSource : afterAtDestination;
  }

  /** All pages that the event names. */
  Set<Integer> pages(TraceEvent event) {
    Set<Integer> pages = new TreeSet<>();
    for (String name : args.getOrDefault(event.action(), List.of())) {
      if (name.equals("page")) {
        pages.add(event.page());
      } else if (PAGE_LISTS.contains(name)) {
        event.args().path(name).forEach(page -> pages.add(page.intValue()));
      }
    }
    return pages;
  }

  /**
   * The event for {@link TraceOverrides}: fields {@code name=type:value}, separated by tabs.
   *
   * @param pageNumber from a page of the guest to one of the specification
   */
  String encode(TraceEvent event, IntUnaryOperator pageNumber) {
    List<String> fields = new ArrayList<>();
    fields.add("host=s:" + event.host());
    fields.add("action=s:" + event.action());
    List<String> names = args.get(event.action());
    for (String name : names == null ? List.<String>of() : names) {
      JsonNode value = event.args().path(name);
      if (FLAGS.contains(name)) {
        fields.add("args." + name + "=b:" + value.booleanValue());
      } else if (NAMES.contains(name)) {
        fields.add("args." + name + "=s:" + value.textValue());
      } else if (PAGE_LISTS.contains(name)) {
        List<String> numbers = new ArrayList<>();
        value.forEach(page -> numbers.add(String.valueOf(pageNumber.applyAsInt(page.intValue()))));
        fields.add("args." + name + "=p:" + String.join(",", numbers));
      } else {
        int number = value.intValue();
        fields.add(
            "args."
                + name
                + "=n:"
                + (name.equals("page") ? pageNumber.applyAsInt(number) : number));
      }
    }
    fields.add("after.phase=s:" + event.phase());
    if (names != null) {
      for (String name : after(event)) {
        fields.add("after." + name + "=n:" + event.after().path(name).intValue());
      }
    }
    return fields.stream()
        .map(field -> field.replace('\t', ' ').replace('\n', ' '))
        .collect(Collectors.joining("\t"));
  }
}
