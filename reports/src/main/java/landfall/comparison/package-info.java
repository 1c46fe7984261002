/**
 * Two runs compared: how often trials were violated or undecided, and how long guests stood still.
 *
 * <p>Promises: every rate has exact bounds; every difference has a size beside its p value; the p
 * values of one comparison are corrected together; too little to compare is undecided, never "no
 * worse".
 */
package landfall.comparison;
