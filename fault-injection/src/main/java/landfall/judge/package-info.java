/**
 * Judges of trials. They work from the files of a trial alone, so that anyone can judge again
 * later, and each says one of four things ({@link landfall.evidence.Verdict}). Nothing passes that
 * was not looked at: a judge without evidence is undecided.
 */
package landfall.judge;
