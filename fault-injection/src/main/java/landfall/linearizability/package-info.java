/**
 * Is a history of concurrent clients one that a single correct copy could have given?
 *
 * <p>Promises: "holds" only if an order was found that explains every completed operation;
 * "violated" only with operations that by themselves have no such order, few enough to check by
 * hand; anything else is "undecided" and says what was spent. Keys are independent and judged
 * apart. A value that was read as nil was really absent: nil is the initial value, not a wildcard.
 */
package landfall.linearizability;
