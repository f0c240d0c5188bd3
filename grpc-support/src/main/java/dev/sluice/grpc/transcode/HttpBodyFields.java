package dev.sluice.grpc.transcode;

/** Numbers of the fields of {@code google.api.HttpBody}, which every descriptor set defines for itself. */
final class HttpBodyFields {

    static final int CONTENT_TYPE = 1;
    static final int DATA = 2;

    private HttpBodyFields() {}
}
