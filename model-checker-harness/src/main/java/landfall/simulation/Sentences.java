package landfall.simulation;

import java.util.Map;
import landfall.explorer.ExploredProtocol;
import landfall.explorer.Moment.Move;

/** Says a step in plain English. */
final class Sentences {
  // {who} and {other} are places, {attempt} the number of an attempt, {page} that of a page.
  private static final Map<String, String> OF_ALL =
      Map.ofEntries(
          // the guest, the operator and the faults
          Map.entry("GuestStep", "the guest on {who} writes page {page}"),
          Map.entry("StartAttempt", "the operator tells {who} to move the guest to {other}"),
          Map.entry("Cancel", "the operator cancels the attempt on {who}"),
          Map.entry("CutLink", "the link from {who} to {other} is cut"),
          Map.entry("HealLink", "the link from {who} to {other} is healed"),
          Map.entry("ResetConnection", "the connection from {who} to {other} is reset"),
          Map.entry("LoseMessage", "a message from {who} to {other} is lost"),
          Map.entry("OvertakePage", "a page from {who} overtakes another on its way to {other}"),
          Map.entry("Crash", "{who} dies"),
          Map.entry("CrashSource", "the source dies"),
          Map.entry("CrashDestination", "the destination dies"),
          Map.entry("Restart", "{who} starts again, with nothing"),
          // moving a guest
          Map.entry("SendPage", "{who} sends a page that is due"),
          Map.entry("StartRound", "{who} collects the dirty pages for another round"),
          Map.entry("PauseSource", "{who} pauses the guest"),
          Map.entry("OfferHandover", "{who} sends the device state"),
          Map.entry("ReceiveHello", "{who} takes up attempt {attempt} from {other}"),
          Map.entry("ReceivePage", "{who} receives a page from {other}"),
          Map.entry("ReceiveDeviceState", "{who} receives the device state, and says Ready"),
          Map.entry("ReceiveReady", "{who} hears Ready, and gives the guest away to {other}"),
          Map.entry("ResumeDestination", "{who} reads Handover of {other}, and says Resumed"),
          Map.entry("ReceiveResumed", "{who} hears Resumed"),
          Map.entry("RefuseHandover", "{who} reads Handover, but the lock is not offered to it"),
          Map.entry("AbortAttempt", "{who} lost sight of {other}, and takes the guest back"),
          Map.entry("ResendHandover", "{who} connects to {other} again, and repeats Handover"),
          Map.entry("GiveUpConnection", "{who} waited long enough, and closes the connection"),
          Map.entry("ReclaimLock", "{who} asks the lock who has the guest"),
          Map.entry("ResumeUnacknowledged", "{who} had no answer, and lets the guest run again"),
          Map.entry("ClaimLock", "{who} lost sight of {other}, and takes the lock"),
          Map.entry("LearnSuperseded", "{who} learns that the guest went on without it"),
          Map.entry(
              "ResumeUnasked", "{who} reads Handover, and lets the guest run without the lock"),
          Map.entry("DiscardImage", "{who} lost sight of {other} before it heard Handover"),
          // post-copy
          Map.entry("AnswerDemand", "{who} sends the page that the guest waits for"),
          Map.entry("DemandPage", "the guest on {who} touches page {page}, which is missing"),
          Map.entry("SendComplete", "{who} says that all pages are there"),
          Map.entry("ReceiveComplete", "{who} hears that all pages are there"),
          Map.entry("Recover", "{who} connects to {other} again, and asks what is missing"),
          Map.entry("ReceiveRecover", "{who} says on the new connection what is missing"),
          Map.entry("ReceivePageList", "{who} hears what is missing"),
          // checkpoints
          Map.entry("TakeCheckpoint", "{who} sends a checkpoint"),
          Map.entry("RetakeCheckpoint", "{who} had no answer, and will take the checkpoint again"),
          Map.entry("ReceiveCheckpointPage", "{who} receives a page of a checkpoint"),
          Map.entry("CommitCheckpoint", "{who} commits the checkpoint, if all of it is there"),
          Map.entry("forward:CommitCheckpoint", "{who} has a checkpoint committed"),
          Map.entry("ReceiveCheckpointDone", "{who} hears that its checkpoint is committed"),
          Map.entry("ReleaseOutput", "{who} releases the output that a checkpoint covers"),
          Map.entry("StartRecovery", "{who} lost sight of the destination, and will recover"),
          Map.entry("RecoverSource", "{who} lets the guest run from the last checkpoint"),
          Map.entry("AnswerSuperseded", "{who} answers that it has taken the guest back"),
          Map.entry("ReceiveSuperseded", "{who} hears that the guest was taken back"),
          Map.entry("AskOwnership", "{who} asks for the ownership"),
          Map.entry("GrantOwnership", "the ownership is granted to the destination"),
          Map.entry("AnswerGranted", "{who} reads what the destination says after the grant"),
          Map.entry("OwnUnasked", "{who} was granted the guest, and does not ask the lock"),
          Map.entry("BecomeOwner", "{who} owns the guest, and releases all output"),
          Map.entry("DropForward", "{who} drops a message that it does not wait for"),
          // copies ahead
          Map.entry("CopyAhead", "{who} copies page {page} to the store"),
          Map.entry("SwitchOver", "the guest goes on at the destination"),
          Map.entry("ResumeSource", "{who} lost sight of another place, and lets the guest run"),
          Map.entry("FetchPage", "{who} fetches page {page} from {other}"),
          Map.entry("ClaimGuest", "{who} lost sight of the source, and goes on without it"),
          Map.entry("FinishClaim", "{who} has all pages, and is the owner"),
          Map.entry("LearnClaimed", "{who} learns that the destination went on without it"),
          // leases
          Map.entry("TickHost", "the clock of {who} ticks"),
          Map.entry("TickGrantor", "the clock of the grantor ticks"),
          Map.entry("AskLease", "{who} asks for the lease"),
          Map.entry("GrantLease", "{who} lends the guest to {other}"),
          Map.entry("ReceiveLease", "{who} hears that it has the lease"),
          Map.entry("StartGuest", "{who} lets the guest run"),
          Map.entry("NoticeEnd", "{who} notices that its lease is over, and stops the guest"),
          Map.entry("ReleaseLease", "{who} stops the guest, and gives the lease back"),
          Map.entry("ReceiveRelease", "{who} hears that {other} gave the lease back"),
          Map.entry("ExpireLease", "{who} finds that the lease is over"),
          Map.entry("RestartGrantor", "{who} dies, and starts again: it knows of no lease"),
          Map.entry("LoseRequest", "what {other} asked of {who} is lost"),
          Map.entry("LoseAnswer", "the answer of {who} to {other} is lost"),
          // a lock on storage
          Map.entry("ShareLock", "{who} shares its lock"),
          Map.entry("JoinLock", "{who} takes the shared lock"),
          Map.entry("ReceiveImage", "{who} receives the image, and says Ready"),
          Map.entry("TakeBackAttempt", "{who} takes the guest back, and lets it run"),
          Map.entry("GiveAway", "{who} writes on storage that the guest is free"),
          Map.entry("GiveAwayRunning", "{who} writes that the guest is free while it still runs"),
          Map.entry("LetGo", "{who} lets its lock go"),
          Map.entry("LockExclusively", "{who} takes the exclusive lock"),
          Map.entry("ReadRecord", "{who} reads on storage whose the guest is"),
          Map.entry("TakeOwnership", "{who} writes that the guest is its own, and lets it run"),
          Map.entry("LearnCompleted", "{who} reads that the destination has the guest"),
          Map.entry("FreeLock", "storage frees the lock of {who}"),
          Map.entry("FailUpgrade", "{who} drops its lock for another one, and is refused"),
          Map.entry("sharedlock:LoseMessage", "the message between the hosts is lost"),
          Map.entry("sharedlock:PauseSource", "{who} pauses the guest, and sends its image"),
          Map.entry("CutOff", "{who} does not reach storage any more"),
          Map.entry("Rejoin", "{who} reaches storage again"));

  private Sentences() {}

  /** The sentence of a step, with the action's name in the specification behind it. */
  static String of(Move move, Setting setting) {
    String sentence =
        template(move.action(), setting.protocol())
            .replace("{who}", place(move.who(), setting))
            .replace("{other}", place(move.other(), setting))
            .replace("{attempt}", Integer.toString(move.attempt()))
            .replace("{page}", Integer.toString(move.page()));
    return sentence + " (" + move.action() + ")";
  }

  /** {@code IllegalStateException} if there is none. */
  static String template(String action, ExploredProtocol protocol) {
    String template = OF_ALL.getOrDefault(protocol.option() + ":" + action, OF_ALL.get(action));
    if (template == null) {
      throw new IllegalStateException("no sentence says what " + action + " is");
    }
    return template;
  }

  private static String place(int number, Setting setting) {
    return number < 0 ? "?" : setting.place(number);
  }
}
