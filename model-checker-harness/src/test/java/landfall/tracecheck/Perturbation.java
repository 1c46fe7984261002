package landfall.tracecheck;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import landfall.tracecheck.EngineRun.Event;
import landfall.tracecheck.RecordedBehaviours.Behaviour;

/**
 * One change to what one host wrote.
 *
 * @param kind drop, double, swap, or the fact that was changed, such as {@code args.page}
 * @param event what it was made to
 * @param next the event that followed it at its host, with which it was swapped; itself if none
 * @param last whether it was the last event of its host
 * @param behaviour what all wrote then
 */
record Perturbation(String kind, Event event, Event next, boolean last, Behaviour behaviour) {

  private static final Map<String, List<String>> PHASES =
      Map.of(
          "source",
          List.of(
              "Running",
              "PreCopy",
              "Paused",
              "Offered",
              "HandedOver",
              "Serving",
              "Recovering",
              "Recovered",
              "Completed"),
          "destination",
          List.of("Waiting", "Receiving", "Ready", "Running", "Superseded", "Owner", "Claimed"),
          "store",
          List.of("none", "source", "destination"));

  private static final Map<String, List<String>> PLACES =
      Map.of(
          "from", List.of("source", "store"),
          "by", List.of("source", "destination"),
          "claim", List.of("none", "source", "destination"));

  private static final List<String> MESSAGES =
      List.of(
          "Page",
          "CheckpointDone",
          "Superseded",
          "Granted",
          "CheckpointPage",
          "CheckpointEnd",
          "AskOwnership");

  /** Each event dropped, doubled, swapped with the next of its host, and with each fact changed. */
  static List<Perturbation> of(Behaviour behaviour) {
    List<Perturbation> all = new ArrayList<>();
    for (String host : PHASES.keySet().stream().sorted().toList()) {
      List<Event> events = behaviour.at(host);
      for (int i = 0; i < events.size(); i++) {
        Event event = events.get(i);
        boolean last = i + 1 == events.size();
        Event next = last ? event : events.get(i + 1);
        List<Event> dropped = new ArrayList<>(events);
        dropped.remove(i);
        all.add(new Perturbation("drop", event, next, last, with(behaviour, host, dropped)));
        List<Event> doubled = new ArrayList<>(events);
        doubled.add(i, event);
        all.add(new Perturbation("double", event, next, last, with(behaviour, host, doubled)));
        if (!last) {
          List<Event> swapped = new ArrayList<>(events);
          Collections.swap(swapped, i, i + 1);
          all.add(new Perturbation("swap", event, next, false, with(behaviour, host, swapped)));
        }
        for (String fact : event.args().keySet()) {
          for (Object other : others(host, fact, event.args().get(fact))) {
            List<Event> altered = new ArrayList<>(events);
            altered.set(i, event.with(replaced(event.args(), fact, other)));
            all.add(
                new Perturbation(
                    "args." + fact, event, next, last, with(behaviour, host, altered)));
          }
        }
        for (String fact : event.after().keySet()) {
          for (Object other : others(host, fact, event.after().get(fact))) {
            List<Event> altered = new ArrayList<>(events);
            altered.set(
                i,
                new Event(
                    host, event.action(), event.args(), replaced(event.after(), fact, other)));
            all.add(
                new Perturbation(
                    "after." + fact, event, next, last, with(behaviour, host, altered)));
          }
        }
      }
    }
    return all;
  }

  private static Behaviour with(Behaviour behaviour, String host, List<Event> events) {
    List<Event> all = new ArrayList<>(events);
    behaviour.events().stream().filter(event -> !event.host().equals(host)).forEach(all::add);
    return new Behaviour(all, behaviour.unseen());
  }

  private static Map<String, Object> replaced(
      Map<String, Object> facts, String fact, Object other) {
    Map<String, Object> changed = new LinkedHashMap<>(facts);
    changed.put(fact, other);
    return changed;
  }

  // The nearest mistakes: one more and one less, another page, one page more or less in a list.
  private static List<Object> others(String host, String fact, Object value) {
    if (value instanceof List<?> pages) {
      var toggled = new TreeSet<Integer>();
      pages.forEach(page -> toggled.add((Integer) page));
      int page = EngineRun.TRACKED.get(pages.size() % 3);
      if (!toggled.remove(page)) {
        toggled.add(page);
      }
      return List.of(List.copyOf(toggled));
    }
    if (value instanceof Boolean flag) {
      return List.of(!flag);
    }
    if (value instanceof String name) {
      List<String> names = fact.equals("message") ? MESSAGES : PHASES.get(host);
      if (PLACES.getOrDefault(fact, List.of()).contains(name)) {
        names = PLACES.get(fact);
      }
      return List.of(names.get((names.indexOf(name) + 1) % names.size()));
    }
    if (fact.equals("page")) {
      return List.of(EngineRun.TRACKED.get((EngineRun.TRACKED.indexOf(value) + 1) % 3));
    }
    int number = (Integer) value;
    return number > 0 ? List.of(number + 1, number - 1) : List.of(number + 1);
  }
}
