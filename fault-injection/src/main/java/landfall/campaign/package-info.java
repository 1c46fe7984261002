/**
 * Many trials on one implementation: which schedules, in which order, how many at once, and what
 * they say together.
 *
 * <p>What the package promises: the seed decides every schedule; a run that was interrupted goes on
 * where it was; and a campaign in which too few faults were seen to take effect is undecided,
 * whatever its trials say.
 */
package landfall.campaign;
