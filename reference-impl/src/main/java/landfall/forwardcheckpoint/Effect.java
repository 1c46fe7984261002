package landfall.forwardcheckpoint;

import landfall.precopy.PageSet;

/** What a place must do because of a step, in the order given, before it takes its next action. */
public sealed interface Effect {

  /** Ask the source. Unless it answers, the step did not happen. */
  record AskSource(Request.ToSource request) implements Effect {}

  /** Ask the destination. Unless it answers, the step did not happen. */
  record AskDestination(Request.ToDestination request) implements Effect {}

  /** Ask the store. Unless it answers, the step did not happen. */
  record AskStore(Request.ToStore request) implements Effect {}

  /** Answer with the page as it is here. */
  record SendPage(int page) implements Effect {}

  /** Write the page of the answer into memory, in one step that the guest cannot split. */
  record PlacePage(int page) implements Effect {}

  /** Answer with the image of this position: these pages, as they are here. */
  record SendImage(int position, PageSet pages) implements Effect {}

  /** Keep the page of the request. */
  record StorePage(int page) implements Effect {}

  /** Put these pages of the request into the image: whole, or after a crash not at all. */
  record CommitImage(PageSet pages) implements Effect {}

  /**
   * Take the page out of the dirty log. What the guest writes from here on is in it again, and so
   * is the page itself if the question that follows is not answered.
   */
  record ClearWritten(int page) implements Effect {}

  /** Switch the dirty log off. */
  record StopLog() implements Effect {}

  /** Let the guest stand. */
  record PauseGuest() implements Effect {}

  /** Let the guest go on from where it stands. */
  record ResumeGuest() implements Effect {}

  /** Let the guest go on from the image of this position. */
  record ResumeFrom(int position) implements Effect {}

  /**
   * Put the image of the answer in the place of what is here, and let the guest go on from its
   * position. A page that the image lacks is as it was at the switchover, and so as it is here.
   */
  record ResumeFromAnswer() implements Effect {}

  /** Stop the guest for good, and throw away what it holds: it never happened. */
  record StopGuest() implements Effect {}

  /** Let the output of the guest's first steps leave, as far as it has not. */
  record ReleaseOutput(int upTo) implements Effect {}

  /** Let all output leave that is held, and hold none from here on. */
  record ReleaseAllOutput() implements Effect {}
}
