/**
 * JSON clients for gRPC methods, by the {@code google.api.http} options that a descriptor set carries.
 *
 * <p>Starting points: {@link dev.sluice.grpc.transcode.Transcoder} (what a rule's descriptor sets come to), {@link
 * dev.sluice.grpc.transcode.TranscodedCall} (one exchange). A request goes through {@code TemplateIndex} (which method),
 * {@code RequestFields} (path and query), {@code RequestBody} (JSON or raw bytes to messages); its answer through {@code
 * MessageReader} and {@code ClientAnswer}.
 */
@NullMarked
package dev.sluice.grpc.transcode;

import org.jspecify.annotations.NullMarked;
