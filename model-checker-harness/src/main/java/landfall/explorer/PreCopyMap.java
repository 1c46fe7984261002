package landfall.explorer;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The state of module {@code PreCopy} that a {@link ModelWorld} is. Every variable is read off;
 * none is computed from another. What a world has and the module has not (is the guest executing,
 * is the dirty log on) shows in the steps that follow.
 */
final class PreCopyMap {

  private PreCopyMap() {}

  static TlaState stateOf(ModelWorld world) {
    var values = new LinkedHashMap<String, TlaValue>();
    values.put("source", TlaValue.text(world.source().name()));
    values.put("destination", TlaValue.text(world.destination().name()));
    values.put("attempt", TlaValue.number(world.source().attempt()));
    values.put("accepted", TlaValue.number(world.destination().accepted()));
    values.put("forward", connections(world.forward()));
    values.put("back", connections(world.back()));
    values.put("broken", numbers(world.broken()));
    values.put("cut", names(world.cut()));
    values.put("crashed", names(world.crashed()));
    values.put("lock", name(world.lock()));
    values.put("steps", TlaValue.tuple(world.steps().stream().map(TlaValue::number).toList()));
    values.put(
        "position",
        perHost(
            TlaValue.number(world.sourceCopy().position()),
            TlaValue.number(world.destinationCopy().position())));
    values.put(
        "memory",
        perHost(
            versions(world.sourceCopy().versions()), versions(world.destinationCopy().versions())));
    values.put("log", numbers(world.log()));
    values.put("pending", numbers(world.source().pending().stream().boxed().toList()));
    values.put("round", TlaValue.number(world.source().round()));
    var texts = new LinkedHashMap<String, String>();
    values.forEach((variable, value) -> texts.put(variable, value.toString()));
    return new TlaState(texts);
  }

  private static TlaValue connections(List<List<Message>> connections) {
    return TlaValue.tuple(
        connections.stream()
            .map(messages -> TlaValue.tuple(messages.stream().map(PreCopyMap::message).toList()))
            .toList());
  }

  private static TlaValue message(Message message) {
    var fields = new LinkedHashMap<TlaValue, TlaValue>();
    fields.put(TlaValue.text("type"), TlaValue.text(message.type()));
    if (message instanceof Message.Page page) {
      fields.put(TlaValue.text("page"), TlaValue.number(page.page()));
      fields.put(TlaValue.text("version"), TlaValue.number(page.version()));
    } else if (message instanceof Message.DeviceState state) {
      fields.put(TlaValue.text("position"), TlaValue.number(state.position()));
    }
    return TlaValue.function(fields);
  }

  private static TlaValue versions(List<Integer> versions) {
    var graph = new LinkedHashMap<TlaValue, TlaValue>();
    IntStream.range(0, versions.size())
        .forEach(page -> graph.put(TlaValue.number(page), TlaValue.number(versions.get(page))));
    return TlaValue.function(graph);
  }

  private static TlaValue perHost(TlaValue source, TlaValue destination) {
    return TlaValue.function(
        Map.of(TlaValue.text("source"), source, TlaValue.text("destination"), destination));
  }

  private static TlaValue numbers(Collection<Integer> numbers) {
    return TlaValue.set(numbers.stream().map(TlaValue::number).toList());
  }

  private static TlaValue names(Collection<? extends Enum<?>> constants) {
    return TlaValue.set(constants.stream().map(PreCopyMap::name).toList());
  }

  private static TlaValue name(Enum<?> constant) {
    return TlaValue.text(constant.name().toLowerCase(Locale.ROOT));
  }
}
