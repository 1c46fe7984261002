package landfall.checkpoint;

import landfall.precopy.PageSet;

/** What a host must do because of a step, in the order given, before it takes its next action. */
public sealed interface Effect {

  /**
   * Send pages of the image of the switchover, which is kept apart from checkpoints.
   *
   * @param kept false if they are freed when they have arrived, out of the last checkpoint, too
   */
  record SendPage(PageSet pages, boolean kept) implements Effect {}

  /** Say that the checkpoint of this position is committed. */
  record SendCheckpointDone(int position) implements Effect {}

  /** Say that the guest is here again. */
  record SendSuperseded() implements Effect {}

  /** Give the ownership up; with an arbiter, let the destination take the lock. */
  record SendGranted() implements Effect {}

  /**
   * Send every page that was written after step {@code since}, as it is now, with the disk writes
   * that are held, and then the list of these pages. The guest stands until they are copied.
   *
   * @param position steps that the guest has done
   * @param since position of the last checkpoint that the source is known to have
   */
  record SendCheckpoint(int position, int since) implements Effect {}

  /** Ask for the ownership. */
  record SendAskOwnership() implements Effect {}

  /** Write these pages of the message into memory, each in one step that the guest cannot split. */
  record PlacePage(PageSet pages) implements Effect {}

  /** Put the pages of the message aside, with the others of the checkpoint of this position. */
  record StagePage(int position, PageSet pages) implements Effect {}

  /** Forget what was put aside. */
  record DropStaged() implements Effect {}

  /** Put all that was put aside into the image: whole, or after a crash not at all. */
  record CommitStaged() implements Effect {}

  /** Take the disk from the destination: what it writes from here on is refused. */
  record FenceDisk() implements Effect {}

  /** Do the disk writes that the committed checkpoint carries and that are not done yet. */
  record CarryOutDiskWrites(int upTo) implements Effect {}

  /** Let the guest go on from the image of the last committed checkpoint. */
  record ResumeFrom(int position) implements Effect {}

  /** Let the output of the guest's first steps leave, as far as it has not. */
  record ReleaseOutput(int upTo) implements Effect {}

  /** Let all output leave that is held, and hold none from here on. */
  record ReleaseAllOutput() implements Effect {}

  /** Stop the guest for good, and throw away what it holds: it never happened. */
  record StopGuest() implements Effect {}

  /** Forget all that is on its way between the hosts, in both directions. */
  record ResetLink() implements Effect {}

  /** Close this host's end of the link, and read nothing more of it. */
  record CloseLink() implements Effect {}
}
