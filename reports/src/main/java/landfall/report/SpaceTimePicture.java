package landfall.report;

import static landfall.report.Markup.at;
import static landfall.report.Markup.escape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.DoubleFunction;
import landfall.evidence.FaultResult;
import landfall.evidence.HostEvent;
import landfall.evidence.MessageSeen;
import landfall.evidence.TrialResult;

/**
 * A space-time picture, of a trial or of a counterexample, as SVG: a lifeline per host, time
 * running down, phases as bands, messages as arrows, faults as marks.
 *
 * <p>The time axis is stretched where much happens and shortened where nothing does, so that a
 * handover of a millisecond can be read beside a wait of ten seconds; order is always kept, and
 * labels carry the true times.
 */
final class SpaceTimePicture {

  private static final int WIDTH = 900;
  private static final int TOP = 52;
  private static final int BAND = 12;
  private static final int LABEL_GAP = 14;
  private static final int MESSAGE_GAP = 19;
  private static final double STEP_MIN = 5;
  private static final double STEP_MAX = 46;
  private static final int MESSAGES_MAX = 60;
  private static final int PHASE_COLOURS = 8;

  /** A label beside a lifeline. */
  private record Label(double atMillis, String text, String style) {}

  private final String title;
  private final List<HostEvent> events;
  private final List<FaultResult> faults;
  private final DoubleFunction<String> time;
  private final List<String> hosts;
  private final List<MessageSeen> messages;
  private final int hidden;
  private final TreeMap<Double, Double> yOfTime = new TreeMap<>();
  private final List<String> phases = new ArrayList<>();
  private final StringBuilder svg = new StringBuilder();

  /** Labels of messages, drawn last, so that no line runs through them. */
  private final StringBuilder messageLabels = new StringBuilder();

  private double bottom;

  private SpaceTimePicture(
      String title,
      List<HostEvent> events,
      List<MessageSeen> messages,
      List<FaultResult> faults,
      DoubleFunction<String> time) {
    this.title = title;
    this.events = events;
    this.faults = faults;
    this.time = time;
    this.hosts = hostsOf(events, messages);
    this.messages = drawn(messages);
    this.hidden = messages.size() - this.messages.size();
  }

  /** The picture as an svg element; empty if the trial recorded nothing to draw. */
  static String of(TrialResult trial) {
    if (trial.hostEvents().isEmpty() && trial.messages().isEmpty()) {
      return "";
    }
    return of(
        "trial " + trial.id(), trial.hostEvents(), trial.messages(), trial.faults(), Markup::time);
  }

  /**
   * The picture as an svg element.
   *
   * @param title what it is a picture of
   * @param time a moment as a reader is told it
   */
  static String of(
      String title,
      List<HostEvent> events,
      List<MessageSeen> messages,
      List<FaultResult> faults,
      DoubleFunction<String> time) {
    return new SpaceTimePicture(title, events, messages, faults, time).draw();
  }

  private static List<String> hostsOf(List<HostEvent> events, List<MessageSeen> messages) {
    Set<String> hosts = new LinkedHashSet<>();
    messages.forEach(
        message -> {
          hosts.add(message.fromHost());
          hosts.add(message.toHost());
        });
    events.forEach(event -> hosts.add(event.host()));
    return List.copyOf(hosts);
  }

  /** The first and the last messages, if there are too many to read. */
  private static List<MessageSeen> drawn(List<MessageSeen> all) {
    List<MessageSeen> ordered =
        all.stream().sorted(Comparator.comparingDouble(MessageSeen::sentAtMillis)).toList();
    if (ordered.size() <= MESSAGES_MAX) {
      return ordered;
    }
    var some = new ArrayList<>(ordered.subList(0, MESSAGES_MAX / 2));
    some.addAll(ordered.subList(ordered.size() - MESSAGES_MAX / 2, ordered.size()));
    return some;
  }

  private String draw() {
    layTime();
    for (int host = 0; host < hosts.size(); host++) {
      drawLifeline(host);
    }
    faults.forEach(this::drawFault);
    double lastLabel = -100;
    for (MessageSeen message : messages) {
      lastLabel = drawMessage(message, lastLabel);
    }
    svg.append(messageLabels);
    double height = bottom;
    for (int host = 0; host < hosts.size(); host++) {
      height = Math.max(height, drawLabels(host));
    }
    if (hidden > 0) {
      height += 20;
      text(WIDTH / 2.0, height, "middle", "quiet", hidden + " more messages are not drawn");
    }
    return "<svg class=\"spacetime\" viewBox=\"0 0 "
        + WIDTH
        + " "
        + at(height + 16)
        + "\" role=\"img\" aria-label=\"Space-time picture of "
        + escape(title)
        + "\">\n"
        + svg
        + "</svg>\n";
  }

  /** Gives every moment its place: waits grow with the logarithm of their length, within limits. */
  private void layTime() {
    var moments = new TreeSet<Double>();
    moments.add(0.0);
    events.forEach(event -> moments.add(event.atMillis()));
    faults.forEach(fault -> moments.add(fault.atMillis()));
    for (MessageSeen message : messages) {
      moments.add(message.sentAtMillis());
      if (!message.lost()) {
        moments.add(message.receivedAtMillis());
      }
    }
    // A message's label stands above its beginning, so beginnings keep a line's height apart.
    var beginnings = new TreeSet<Double>();
    messages.forEach(message -> beginnings.add(message.sentAtMillis()));
    double y = TOP;
    double lastBeginning = TOP - MESSAGE_GAP;
    Double before = null;
    for (Double moment : moments) {
      if (before != null) {
        double wait = moment - before;
        y += Math.min(STEP_MAX, STEP_MIN + 7 * Math.log1p(wait));
      }
      if (beginnings.contains(moment)) {
        y = Math.max(y, lastBeginning + MESSAGE_GAP);
        lastBeginning = y;
      }
      yOfTime.put(moment, y);
      before = moment;
    }
    bottom = y + 24;
  }

  private double y(double atMillis) {
    return yOfTime.get(atMillis);
  }

  private double x(int host) {
    double left = WIDTH * 0.29;
    double right = WIDTH * 0.71;
    return left + (right - left) * host / (hosts.size() - 1);
  }

  private void drawLifeline(int host) {
    double x = x(host);
    text(x, 22, "middle", "host", hosts.get(host));
    svg.append(
        "<line class=\"life\" x1=\"%s\" x2=\"%s\" y1=\"34\" y2=\"%s\"/>\n"
            .formatted(at(x), at(x), at(bottom)));
    List<HostEvent> entered =
        eventsOf(host).stream().filter(e -> e.kind() == HostEvent.Kind.PHASE).toList();
    for (int i = 0; i < entered.size(); i++) {
      HostEvent phase = entered.get(i);
      double from = y(phase.atMillis());
      double to = i + 1 < entered.size() ? y(entered.get(i + 1).atMillis()) : bottom;
      svg.append(
          "<rect class=\"phase %s\" x=\"%s\" y=\"%s\" width=\"%d\" height=\"%s\" rx=\"2\"><title>%s, from %s</title></rect>\n"
              .formatted(
                  colour(phase.label()),
                  at(x - BAND / 2.0),
                  at(from),
                  BAND,
                  at(Math.max(1, to - from - 1)),
                  escape(phase.label()),
                  time.apply(phase.atMillis())));
    }
  }

  /** The guest running has a colour of its own on every host; other phases take turns. */
  private String colour(String phase) {
    if (phase.startsWith("running")) {
      return "running";
    }
    if (!phases.contains(phase)) {
      phases.add(phase);
    }
    return "p" + phases.indexOf(phase) % PHASE_COLOURS;
  }

  private List<HostEvent> eventsOf(int host) {
    return events.stream()
        .filter(event -> event.host().equals(hosts.get(host)))
        .sorted(Comparator.comparingDouble(HostEvent::atMillis))
        .toList();
  }

  /** Faults of the schedule run across the picture; those on a host have a mark of their own. */
  private void drawFault(FaultResult fault) {
    double y = y(fault.atMillis());
    svg.append(
        "<line class=\"faultline%s\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>\n"
            .formatted(
                fault.seen() ? "" : " unseen",
                at(x(0) + BAND),
                at(x(hosts.size() - 1) - BAND),
                at(y),
                at(y)));
    text(
        (x(0) + x(hosts.size() - 1)) / 2,
        y + 13,
        "middle",
        "fault",
        fault.kind() + (fault.seen() ? "" : ", not seen"));
  }

  /** Draws one message and returns where its label stands, so that the next one keeps clear. */
  private double drawMessage(MessageSeen message, double lastLabel) {
    double fromX = x(hosts.indexOf(message.fromHost()));
    double toX = x(hosts.indexOf(message.toHost()));
    int way = toX > fromX ? 1 : -1;
    double x1 = fromX + way * BAND / 2.0;
    double y1 = y(message.sentAtMillis());
    double x2;
    double y2;
    if (message.lost()) {
      x2 = x1 + (toX - fromX) * 0.55;
      y2 = y1 + 9;
    } else {
      x2 = toX - way * BAND / 2.0;
      y2 = y(Math.max(message.receivedAtMillis(), message.sentAtMillis()));
    }
    String title =
        message.label()
            + ", sent at "
            + time.apply(message.sentAtMillis())
            + (message.lost()
                ? ", lost"
                : ", received at " + time.apply(message.receivedAtMillis()));
    svg.append(
        "<g class=\"message%s\"><title>%s</title>"
            .formatted(message.lost() ? " lost" : "", escape(title)));
    svg.append(
        "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>"
            .formatted(at(x1), at(y1), at(x2), at(y2)));
    if (message.lost()) {
      svg.append("<path d=\"M%s %sl8 8m0 -8l-8 8\"/>".formatted(at(x2 - 4), at(y2 - 4)));
    } else {
      double angle = Math.toDegrees(Math.atan2(y2 - y1, x2 - x1));
      svg.append(
          "<path class=\"head\" transform=\"translate(%s %s) rotate(%s)\" d=\"M0 0l-8 -3.5v7z\"/>"
              .formatted(at(x2), at(y2), at(angle)));
    }
    double labelY = y1 + (y2 - y1) * 0.12 - 5;
    boolean clear = Math.abs(labelY - lastLabel) >= 11 && !message.label().isEmpty();
    if (clear) {
      messageLabels.append(
          "<text class=\"messagelabel\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n"
              .formatted(
                  at(x1 + way * 14),
                  at(labelY),
                  way > 0 ? "start" : "end",
                  escape(Markup.shortened(message.label(), 46))));
    }
    svg.append("</g>\n");
    return clear ? labelY : lastLabel;
  }

  /** Labels outside of the outer lifelines, pushed down where they would overlap. */
  private double drawLabels(int host) {
    boolean left = host == 0;
    boolean right = host == hosts.size() - 1;
    double x = x(host);
    double outward = left ? -1 : 1;
    double last = -100;
    for (HostEvent event : eventsOf(host)) {
      double y = y(event.atMillis());
      drawMark(event, x, y);
      if (!left && !right) {
        continue;
      }
      double labelY = Math.max(y + 4, last + LABEL_GAP);
      last = labelY;
      Label label =
          new Label(
              event.atMillis(),
              Markup.shortened(event.label(), 30),
              event.kind() == HostEvent.Kind.FAULT
                  ? "fault"
                  : event.kind() == HostEvent.Kind.STATUS ? "quiet" : "phaselabel");
      svg.append(
          "<path class=\"leader\" d=\"M%s %sL%s %s\"/>"
              .formatted(at(x + outward * 8), at(y), at(x + outward * 20), at(labelY - 4)));
      svg.append(
          "<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s <tspan class=\"time\">%s</tspan></text>\n"
              .formatted(
                  label.style(),
                  at(x + outward * 24),
                  at(labelY),
                  left ? "end" : "start",
                  escape(label.text()),
                  time.apply(label.atMillis())));
    }
    return last;
  }

  private void drawMark(HostEvent event, double x, double y) {
    switch (event.kind()) {
      case PHASE -> {}
      case STATUS ->
          svg.append(
              "<circle class=\"status\" cx=\"%s\" cy=\"%s\" r=\"4\"/>".formatted(at(x), at(y)));
      case FAULT ->
          svg.append(
              "<path class=\"faultmark\" d=\"M%s %sl9 16h-18z\"><title>%s</title></path>"
                  .formatted(at(x), at(y - 9), escape(event.label())));
    }
  }

  private void text(double x, double y, String anchor, String style, String text) {
    svg.append(
        "<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n"
            .formatted(style, at(x), at(y), anchor, escape(text)));
  }
}
