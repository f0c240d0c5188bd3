package dev.sluice.bench.report;

import dev.sluice.bench.load.LoadResult;
import dev.sluice.bench.measure.Machine;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.measure.Run;
import dev.sluice.bench.report.Results.ScenarioResult;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;

/** Everything that was measured, round by round, for other programs. */
final class JsonResults {

    private JsonResults() {}

    static JsonObject of(Results results) {
        JsonArray scenarios = new JsonArray();
        results.scenarios().forEach(result -> scenarios.add(scenario(result)));
        JsonObject versions = new JsonObject();
        results.versions().forEach(versions::put);
        return new JsonObject()
                .put("machine", machine(results.machine()))
                .put("command", results.command())
                .put("began", results.began().toString())
                .put("tookSeconds", results.took().toSeconds())
                .put("workers", results.workers())
                .put("rounds", results.rounds())
                .put("versions", versions)
                .put("notes", new JsonArray(results.notes()))
                .put("scenarios", scenarios);
    }

    private static JsonObject machine(Machine machine) {
        return new JsonObject()
                .put("cpu", machine.cpu())
                .put("cores", machine.cores())
                .put("memoryMib", machine.memoryMib())
                .put("kernel", machine.kernel())
                .put("system", machine.system())
                .put("java", machine.java());
    }

    private static JsonObject scenario(ScenarioResult result) {
        JsonObject peers = new JsonObject();
        for (Map.Entry<String, Outcome> entry : result.outcomes().entrySet()) {
            peers.put(entry.getKey(), outcome(entry.getValue()));
        }
        return new JsonObject()
                .put("name", result.scenario().name())
                .put("title", result.scenario().title())
                .put("figure", result.scenario().work().figure())
                .put("runSeconds", result.runLength().toMillis() / 1000.0)
                .put("peers", peers);
    }

    private static JsonObject outcome(Outcome outcome) {
        JsonObject json = new JsonObject();
        outcome.figure().ifPresent(figure -> json.put("figure", figure));
        if (outcome instanceof Outcome.Loaded loaded) {
            JsonArray runs = new JsonArray();
            loaded.runs().forEach(run -> runs.add(run(run)));
            json.put("runs", runs);
        } else if (outcome instanceof Outcome.Sampled sampled) {
            json.put("samples", new JsonArray(sampled.samples()));
        } else if (outcome instanceof Outcome.Nothing nothing) {
            json.put("nothing", nothing.why());
        }
        return json;
    }

    private static JsonObject run(Run run) {
        LoadResult load = run.load();
        return new JsonObject()
                .put("completed", load.completed())
                .put("failed", load.failed())
                .put("firstFailure", load.firstFailure())
                .put("elapsedMillis", millis(load.elapsed()))
                .put("p50Millis", millis(load.p50()))
                .put("p99Millis", millis(load.p99()))
                .put("p999Millis", millis(load.p999()))
                .put("maxMillis", millis(load.max()))
                .put("userMicros", run.cpu().userMicros())
                .put("systemMicros", run.cpu().systemMicros())
                .put("peakResidentKib", run.peakResidentKib())
                .put("foreignPercent", run.foreignPercent());
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
