/**
 * What migrations cost, always beside something that the same machine did in the same run: a plain
 * socket copy of as many bytes, another way to move the same guest, or another implementation.
 * Numbers without such a neighbour say nothing about the code. A {@link landfall.bench.Bench} is
 * one kind of migration.
 */
package landfall.bench;
