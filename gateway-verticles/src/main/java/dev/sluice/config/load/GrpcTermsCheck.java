package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The {@code grpc} section of a TrafficPolicy: that it fits its targets, and that the files it names can be read. */
final class GrpcTermsCheck {

    private final Resources resources;
    private final Inputs inputs;
    private final Problems problems;

    GrpcTermsCheck(Resources resources, Inputs inputs, Problems problems) {
        this.resources = resources;
        this.inputs = inputs;
        this.problems = problems;
    }

    void check(Field spec) {
        Field transcoding = spec.at("grpc").at("transcoding");
        List<Field> targets = spec.at("targetRefs").items();
        if (transcoding.exists() && targets.stream().anyMatch(it -> TrafficPolicyCheck.isOf(it, Kind.GRPC_ROUTE))) {
            problems.addKey(transcoding, "a GRPCRoute matches gRPC's paths only (expected: an HTTPRoute as target)");
        }
        transcoding.at("descriptorSets").items().forEach(this::checkFile);
        if (transcoding.exists()) {
            targets.forEach(target -> checkBackends(transcoding, target));
        }
    }

    /** A warning only, since a policy on a route may be meant for some of its rules. */
    private void checkBackends(Field transcoding, Field target) {
        String section = target.at("sectionName").text();
        for (Field rule : TrafficPolicyCheck.rules(target, resources)) {
            boolean isMeant = section == null || section.equals(rule.at("name").text());
            for (Field reference : isMeant ? rule.at("backendRefs").items() : List.<Field>of()) {
                String reason = GrpcRuleCheck.noGrpc(reference, resources, problems);
                if (reason != null) {
                    problems.warn(transcoding, reason + "; it is used at " + reference.place());
                    return;
                }
            }
        }
    }

    /** What the file holds is for the protocol to judge; here it becomes an input, so that a change of it is noticed. */
    private void checkFile(Field file) {
        Path path = PemFiles.path(file);
        if (path == null || problems.has(file)) {
            return;
        }
        try {
            if (inputs.read(path, Defaults.MAX_DESCRIPTOR_FILE_BYTES).length == 0) {
                problems.add(file, path + " is empty (expected: a serialized FileDescriptorSet)");
            }
        } catch (IOException e) {
            problems.add(file, path + " " + e.getMessage());
        }
    }
}
