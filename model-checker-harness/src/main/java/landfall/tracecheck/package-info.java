/**
 * Says whether traces are behaviours of a specification, and names the first event that is not.
 *
 * <p>Two kinds of traces. <b>Grey box</b> ({@code TracePreCopy}, {@code TracePostCopy}, {@code
 * TraceReverseCheckpoint}, {@code TraceForwardCheckpoint}): the events of hosts, one file a host
 * and one of a store, as docs/protocol.md tells; {@link landfall.tracecheck.TraceCheck#check}
 * merges them by cause and lets TLC walk along them. <b>Black box</b> ({@code TraceLiveMigration}):
 * what an outsider sees of any implementation, by {@link
 * landfall.tracecheck.TraceCheck#checkObserved}. Its vocabulary, one JSON object a line, in the
 * order of the observer (answers are put in the order of their steps first, for the observer may
 * read two connections in any order):
 *
 * <ul>
 *   <li>{@code {"action":"Migrates","host":"A","args":{"to":"B"}}}: the operator asks this host for
 *       a migration to the other; the guest may change its home once more
 *   <li>{@code {"action":"Released","host":"A","step":17}}: a client was answered by this host's
 *       guest; {@code step} is the guest's own count of served commands, which an answer carries
 *   <li>{@code {"action":"Stops","host":"A"}}: the host said that its guest stands
 *   <li>{@code {"action":"Reports","host":"A","args":{"to":"B"},"status":"completed"}}: final
 *       status of the migration; {@code completed} or {@code failed} by the source; to be written
 *       once the answers that were on their way have been read
 *   <li>{@code {"action":"Crashed","host":"B"}}: the host was killed
 * </ul>
 *
 * <p>Where {@code Migrates} and {@code Reports} name no hosts, they speak of {@code source} and
 * {@code destination}.
 *
 * <p>Black box, too ({@code TraceDirectPreCopy}): what passed on a migration channel, and who
 * answered for the guest, by {@link landfall.tracecheck.TraceCheck#checkChannel}. In the order of
 * the proxy; the source is {@code source}, the destination of each attempt has a name of its own:
 *
 * <ul>
 *   <li>{@code {"action":"Connects","host":"destination1","args":{"returnPath":true}}}: an attempt
 *       begins; without a return path nobody acknowledges. With {@code "channels":true} pages go on
 *       several connections, in no order among each other
 *   <li>{@code {"action":"Sends","args":{"page":17}}}: a tracked page passed
 *   <li>{@code {"action":"Pauses","args":{"dirty":[17]}}}: the last section of memory begins, in
 *       which these tracked pages are sent; the guest is paused
 *   <li>{@code {"action":"Syncs"}}: what was sent on any of several connections up to here is there
 *       before what comes behind it
 *   <li>{@code {"action":"GivesAway"}}: the whole device state passed
 *   <li>{@code {"action":"Resumes","host":"destination1"}}, {@code Refuses}: what the destination
 *       said on the return path
 *   <li>{@code {"action":"Runs","host":"source"}}: the guest answered a client there
 *   <li>{@code {"action":"Reports","args":{"status":"completed"}}}: the source's last word on the
 *       attempt, {@code completed} or {@code failed}
 *   <li>{@code {"action":"Crashed","host":"destination1"}}: the host was killed
 * </ul>
 *
 * <p>Where {@code Connects} says {@code "postCopy":true} the trace is held against {@code
 * DirectPostCopy} ({@code TraceDirectPostCopy}). There {@code Pauses} names the tracked pages that
 * the source says are stale, and these are added:
 *
 * <ul>
 *   <li>{@code {"action":"Packages"}}: the whole package passed, up to the command to run
 *   <li>{@code {"action":"Requests","host":"destination1","args":{"page":17}}}: the destination
 *       asks for a page
 *   <li>{@code {"action":"Ends"}}: the end of the stream passed, behind the last page
 *   <li>{@code {"action":"Recovers","host":"destination1","args":{"pages":[17]}}}: a connection in
 *       the place of a lost one begins, on which the destination will say that it has these tracked
 *       pages; {@code Tells}, the same: it has said so
 *   <li>{@code {"action":"Continues"}}: the source asks whether it may go on; {@code
 *       {"action":"Agrees","host":"destination1"}}: it may
 * </ul>
 *
 * <p>Many traces are judged in one run of TLC. A trace of fewer than two events, without a step of
 * the protocol, or without an attempt that is carried to an end (unless a host is known to have
 * been killed) is undecided if it is not wrong: nothing passes for nothing.
 */
package landfall.tracecheck;
