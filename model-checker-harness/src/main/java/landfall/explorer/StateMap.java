package landfall.explorer;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import landfall.precopy.PageSet;

/**
 * What of a {@link ModelWorld} is the same in the state of every protocol. Every variable is read
 * off; none is computed from another. What a world has and the modules have not (is the guest
 * executing, is the dirty log on) shows in the steps that follow.
 */
final class StateMap {

  private StateMap() {}

  /** The variables of {@code Handover}, and {@code memory} and {@code log}. */
  static Map<String, TlaValue> of(
      ModelWorld<?, ?> world, String source, String destination, int attempt, int accepted) {
    var values = hosts(world, source, destination);
    values.put("attempt", TlaValue.number(attempt));
    values.put("accepted", TlaValue.number(accepted));
    values.put("forward", connections(world.forward()));
    values.put("back", connections(world.back()));
    values.put("broken", TlaValue.numbers(world.broken()));
    values.put("lock", lock(world.lock()));
    values.put("log", TlaValue.numbers(world.log()));
    return values;
  }

  /** The variables that every module has: phases, faults, steps and copies of the guest. */
  static Map<String, TlaValue> hosts(ModelWorld<?, ?> world, String source, String destination) {
    var values = new LinkedHashMap<String, TlaValue>();
    values.put("source", TlaValue.text(source));
    values.put("destination", TlaValue.text(destination));
    values.put("cut", names(world.cut()));
    values.put("crashed", names(world.crashed()));
    values.put("steps", steps(world.steps()));
    values.put(
        "position",
        perHost(
            TlaValue.number(world.sourceCopy().position()),
            TlaValue.number(world.destinationCopy().position())));
    values.put(
        "memory",
        perHost(
            versions(world.sourceCopy().versions()), versions(world.destinationCopy().versions())));
    return values;
  }

  private static TlaValue lock(ModelWorld.Lock lock) {
    return TlaValue.function(
        Map.of(
            TlaValue.text("owner"),
            name(lock.owner()),
            TlaValue.text("offeredTo"),
            lock.offered() ? name(ModelWorld.Host.DESTINATION) : TlaValue.text("nobody"),
            TlaValue.text("attempt"),
            TlaValue.number(lock.attempt())));
  }

  static TlaValue pages(PageSet pages) {
    return TlaValue.numbers(pages.stream().boxed().toList());
  }

  static TlaState state(Map<String, TlaValue> values) {
    var texts = new LinkedHashMap<String, String>();
    values.forEach((variable, value) -> texts.put(variable, value.toString()));
    return new TlaState(texts);
  }

  private static TlaValue connections(List<List<Message>> connections) {
    return TlaValue.tuple(connections.stream().map(StateMap::messages).toList());
  }

  static TlaValue messages(List<Message> messages) {
    return TlaValue.tuple(messages.stream().map(StateMap::message).toList());
  }

  private static TlaValue message(Message message) {
    var fields = new LinkedHashMap<TlaValue, TlaValue>();
    fields.put(TlaValue.text("type"), TlaValue.text(message.type()));
    message.fields().forEach((field, value) -> fields.put(TlaValue.text(field), value));
    return TlaValue.function(fields);
  }

  static TlaValue versions(List<Integer> versions) {
    var graph = new LinkedHashMap<TlaValue, TlaValue>();
    IntStream.range(0, versions.size())
        .forEach(page -> graph.put(TlaValue.number(page), TlaValue.number(versions.get(page))));
    return TlaValue.function(graph);
  }

  static TlaValue steps(List<Integer> steps) {
    return TlaValue.tuple(steps.stream().map(TlaValue::number).toList());
  }

  static TlaValue perHost(TlaValue source, TlaValue destination) {
    return TlaValue.function(
        Map.of(TlaValue.text("source"), source, TlaValue.text("destination"), destination));
  }

  private static TlaValue names(Collection<? extends Enum<?>> constants) {
    return TlaValue.set(constants.stream().map(StateMap::name).toList());
  }

  static TlaValue name(Enum<?> constant) {
    return TlaValue.text(constant.name().toLowerCase(Locale.ROOT));
  }
}
