/**
 * What migrations cost, always beside something that the same machine did in the same run: a plain
 * socket copy of as many bytes, and another implementation with the same guest. Numbers without
 * such a neighbour say nothing about the code.
 */
package landfall.bench;
