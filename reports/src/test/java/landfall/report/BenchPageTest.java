package landfall.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import landfall.evidence.BenchReport;
import landfall.evidence.BenchReport.Bound;
import landfall.evidence.BenchReport.Curve;
import landfall.evidence.BenchReport.Figure;
import landfall.evidence.BenchReport.Line;
import landfall.evidence.BenchReport.Point;
import landfall.evidence.BenchReport.Standing;
import org.junit.jupiter.api.Test;

class BenchPageTest {
  private static Figure figure(Double atMost, Double... values) {
    return figure(atMost == null ? null : new Bound(atMost, true), values);
  }

  private static Figure figure(Bound asked, Double... values) {
    return new Figure("fault <p50>", "µs", asked, List.of(values), "a clock");
  }

  private static String page(List<Figure> figures, Curve... curves) {
    var part =
        new BenchReport.Part("postcopy", "about", figures, List.of(curves), List.of("n&ote"));
    return BenchPage.render(new BenchReport("two processors", List.of(part)));
  }

  @Test
  void theMedianDecidesWhetherABoundIsMet() {
    assertEquals(Standing.MET, figure(2.0, 9.0, 1.0, 2.0).standing());
    assertEquals(Standing.MISSED, figure(2.0, 1.0, 3.0, 2.5).standing());
    assertEquals(Standing.MET, figure(new Bound(0.9, false), 0.9).standing());
    assertEquals(Standing.MISSED, figure(new Bound(0.9, false), 0.8).standing());
    assertEquals(2.75, figure(2.0, 3.0, 1.0, 2.5, 4.0).median());
    assertEquals(Standing.NOT_ASKED, figure((Bound) null, 1.0).standing());
    assertThrows(IllegalArgumentException.class, () -> figure(2.0));
  }

  @Test
  void aMissedBoundIsTheFirstThingThatThePageSays() {
    String page = page(List.of(figure(2.0, 5.0), figure(6.0, 5.0)));
    assertTrue(page.contains("<h1>1 of 2 bounds missed</h1>"), page);
    assertTrue(page.contains("≤ 2.00 µs"), page);
    assertTrue(page(List.of(figure(6.0, 5.0))).contains("<h1>All 1 bounds met</h1>"));
    assertTrue(page(List.of(figure((Bound) null, 5.0))).contains("<h1>No bound was asked</h1>"));
  }

  @Test
  void whatIsShownIsEscaped() {
    String page = page(List.of(figure(2.0, 5.0)));
    assertTrue(page.contains("fault &lt;p50&gt;"), page);
    assertTrue(page.contains("n&amp;ote"), page);
  }

  private static Curve curve(double without, double... values) {
    List<Point> points = new java.util.ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      points.add(new Point(100 * Math.pow(10, i), values[i], values[i], values[i]));
    }
    return new Curve("Delay", "ms", without, List.of(new Line("p50", points)));
  }

  @Test
  void curvesAreDrawnOnALogarithmicScaleWhereTheyCanBe() {
    // Ten times as much is as far up each time: three decades are three equal steps.
    String picture = page(List.of(), curve(1, 1, 10, 100));
    assertTrue(picture.contains("d=\"M70.0 254.0 L350.0 135.0 L630.0 16.0\""), picture);
    // A slowdown may be nothing, or noise below it.
    String linear = page(List.of(), curve(0, -5, 0, 50));
    assertTrue(linear.contains("<svg"), linear);
    assertFalse(linear.contains("NaN"), linear);
  }
}
