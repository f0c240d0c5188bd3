package dev.sluice.config.load;

import static dev.sluice.config.load.TermsDecoder.choice;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decodes the {@code grpc} section of a TrafficPolicy. */
final class GrpcTermsDecoder {

    private GrpcTermsDecoder() {}

    static GrpcTerms decode(Field grpc) {
        return new GrpcTerms(
                TermsDecoder.flag(grpc.at("web")),
                ResourceDecoder.duration(grpc.at("timeout")),
                Sizes.decode(grpc.at("maxRequestMessage"), ClientTerms.UNLIMITED),
                Sizes.decode(grpc.at("maxResponseMessage"), ClientTerms.UNLIMITED),
                transcoding(grpc.at("transcoding")));
    }

    private static @Nullable Transcoding transcoding(Field transcoding) {
        if (!transcoding.exists()) {
            return null;
        }
        return new Transcoding(
                ResourceDecoder.each(
                        transcoding.at("descriptorSets").items(), file -> Objects.requireNonNull(PemFiles.path(file))),
                transcoding.at("services").texts(),
                choice(transcoding.at("unknownFields"), UnknownFields.REJECT),
                choice(transcoding.at("fieldNames"), FieldNames.JSON),
                transcoding.at("defaultValues").flag(false),
                transcoding.at("enumsAsNumbers").flag(false),
                (int) Sizes.decode(transcoding.at("maxMessage"), Defaults.MAX_TRANSCODED_MESSAGE_BYTES));
    }
}
