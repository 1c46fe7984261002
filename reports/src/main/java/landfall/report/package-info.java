/**
 * Pages and files made from the evidence: {@code report.html}, {@code junit.xml}, {@code
 * results.sarif}.
 *
 * <p>Promises: everything shown comes from the evidence and is escaped; what is worst comes first;
 * the page is one file that needs no network and no scripts. Nothing here judges.
 */
package landfall.report;
