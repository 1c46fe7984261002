package landfall.explorer;

import static landfall.explorer.PreCopySteps.name;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import landfall.explorer.HostsWorld.Connection;
import landfall.explorer.HostsWorld.Place;
import landfall.precopy.HostCore;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;

/**
 * {@code landfall.precopy} in the world of module {@code PreCopy}. Every variable is read off; none
 * is computed from another. What a world has and the module has not (is the guest executing, is the
 * dirty log on) shows in the steps that follow.
 *
 * @param hosts how many hosts there are
 */
record PreCopyCore(Protocol protocol, int hosts) implements CoreInWorld<HostsWorld<Phase>> {

  @Override
  public HostsWorld<Phase> initial() {
    return HostsWorld.initial(
        new HostCore(protocol, true).initial(),
        new HostCore(protocol, false).initial(),
        hosts,
        protocol.pages());
  }

  @Override
  public List<Next<HostsWorld<Phase>>> from(HostsWorld<Phase> world) {
    return new PreCopySteps(world, protocol).all();
  }

  @Override
  public Claims<HostsWorld<Phase>> claims() {
    return new PreCopyClaims(protocol);
  }

  @Override
  public boolean within(Bounds bounds, HostsWorld<Phase> world) {
    return bounds.contain(world);
  }

  @Override
  public TlaState stateOf(HostsWorld<Phase> world) {
    Map<String, TlaValue> values = new LinkedHashMap<>();
    values.put("phase", perHost(world, place -> TlaValue.text(place.phase().name())));
    values.put("attempt", perHost(world, place -> TlaValue.number(place.phase().attempt())));
    values.put("accepted", perHost(world, place -> TlaValue.number(place.phase().accepted())));
    values.put("from", perAttempt(world, connection -> text(connection.from())));
    values.put("to", perAttempt(world, connection -> text(connection.to())));
    values.put("forward", perAttempt(world, each -> StateMap.messages(each.forward())));
    values.put("back", perAttempt(world, each -> StateMap.messages(each.back())));
    values.put(
        "broken",
        TlaValue.numbers(
            IntStream.rangeClosed(1, world.attempts())
                .filter(attempt -> world.connection(attempt).broken())
                .boxed()
                .toList()));
    values.put(
        "cut",
        TlaValue.set(
            world.cut().stream()
                .map(way -> TlaValue.tuple(List.of(text(way.from()), text(way.to()))))
                .toList()));
    values.put(
        "crashed",
        TlaValue.set(
            IntStream.range(0, hosts)
                .filter(host -> !world.alive(host))
                .mapToObj(PreCopyCore::text)
                .toList()));
    values.put("lock", lock(world.lock()));
    values.put("steps", perHost(world, place -> numbers(place.steps())));
    values.put("released", numbers(world.released()));
    values.put("memory", perHost(world, place -> StateMap.versions(place.versions())));
    values.put("log", perHost(world, place -> TlaValue.numbers(place.log())));
    values.put("pending", perHost(world, place -> StateMap.pages(place.phase().pending())));
    values.put("round", perHost(world, place -> TlaValue.number(place.phase().round())));
    return StateMap.state(values);
  }

  private static TlaValue text(int host) {
    return TlaValue.text(name(host).name());
  }

  private static TlaValue numbers(List<Integer> numbers) {
    return TlaValue.tuple(numbers.stream().map(TlaValue::number).toList());
  }

  private static TlaValue lock(HostsWorld.Lock lock) {
    TlaValue offeredTo =
        switch (lock.offeredTo()) {
          case HostsWorld.NOBODY -> TlaValue.text("nobody");
          case HostsWorld.ANYBODY -> TlaValue.text("anybody");
          default -> text(lock.offeredTo());
        };
    return TlaValue.function(
        Map.of(
            TlaValue.text("owner"),
            text(lock.owner()),
            TlaValue.text("offeredTo"),
            offeredTo,
            TlaValue.text("attempt"),
            TlaValue.number(lock.attempt())));
  }

  private TlaValue perHost(HostsWorld<Phase> world, Function<Place<Phase>, TlaValue> value) {
    Map<TlaValue, TlaValue> function = new LinkedHashMap<>();
    for (int host = 0; host < hosts; host++) {
      function.put(text(host), value.apply(world.hosts().get(host)));
    }
    return TlaValue.function(function);
  }

  private static TlaValue perAttempt(
      HostsWorld<Phase> world, Function<Connection, TlaValue> value) {
    return TlaValue.tuple(world.connections().stream().map(value).toList());
  }
}
