package dev.sluice.wire;

import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.failure.ProtocolError.Phase;
import dev.sluice.failure.ProtocolError.Protocol;
import dev.sluice.failure.ProtocolError.Scope;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells from what Vert.x and Netty throw which {@link Failure} an upstream committed ({@code correctness.md} E1). */
public final class UpstreamErrors {

    private UpstreamErrors() {}

    /** The failure of a connect, with its TLS handshake. */
    public static Failure onConnect(Throwable error) {
        if (error instanceof ConnectTimeoutException || error instanceof java.util.concurrent.TimeoutException) {
            return Failure.CONNECT_TIMEOUT;
        }
        if (error instanceof UnknownHostException) {
            return Failure.DNS_ERROR;
        }
        if (error instanceof NoRouteToHostException) {
            return Failure.CONNECT_FAILED;
        }
        if (error instanceof ConnectException) {
            String message = error.getMessage();
            return message != null && message.contains("refused") ? Failure.CONNECT_REFUSED : Failure.CONNECT_FAILED;
        }
        if (error instanceof SSLException) {
            return causedByCertificate(error) ? Failure.TLS_CERTIFICATE : Failure.TLS_ERROR;
        }
        return Failure.CONNECT_FAILED;
    }

    /**
     * The failure of a stream on an established connection.
     *
     * @param headReceived whether the response's head had come
     */
    public static Failure onStream(Throwable error, boolean headReceived) {
        if (error instanceof StreamResetException reset) {
            return onReset(reset.getCode());
        }
        if (error instanceof HttpClosedException || error instanceof ClosedChannelException || wroteTooLate(error)) {
            return headReceived ? Failure.UPSTREAM_LOST : Failure.UPSTREAM_CLOSED;
        }
        if (error instanceof DecoderException
                || error instanceof Http2Exception
                || error instanceof IllegalArgumentException
                || error instanceof IllegalStateException
                || error.getClass().getName().startsWith(HttpUtil.class.getPackageName())) {
            return Failure.UPSTREAM_PROTOCOL;
        }
        return headReceived ? Failure.UPSTREAM_LOST : Failure.UPSTREAM_CLOSED;
    }

    /** Netty's words for a frame that was written to an HTTP/2 stream that its closed connection took along. */
    private static boolean wroteTooLate(Throwable error) {
        if (error instanceof Http2Exception http2) {
            return http2.error() == Http2Error.STREAM_CLOSED;
        }
        String message = error.getMessage();
        return error instanceof IllegalStateException && message != null && message.startsWith("Stream ");
    }

    /**
     * The code with which the upstream has ended a stream; null when it has not. Does not look into {@link
     * HttpClosedException#goAway}, which copies a buffer that has been released by then.
     *
     * @param version what the upstream speaks
     * @param headReceived whether the response's head had come
     */
    public static @Nullable ProtocolError protocolError(Throwable error, HttpVersion version, boolean headReceived) {
        if (!(error instanceof StreamResetException reset)) {
            return null;
        }
        return new ProtocolError(
                version == HttpVersion.HTTP_3 ? Protocol.HTTP_3 : Protocol.HTTP_2,
                reset.getCode(),
                Scope.STREAM,
                headReceived ? Phase.BODY : Phase.BEFORE_HEAD);
    }

    /** What an upstream's code means for the exchange: the rows of E1. */
    private static Failure onReset(long code) {
        if (code == 7 || code == 0x10b) {
            return Failure.UPSTREAM_REFUSED_STREAM;
        }
        if (code == 8 || code == 0x10c) {
            return Failure.UPSTREAM_RESET;
        }
        if (code == 11 || code == 0x107) {
            return Failure.UPSTREAM_CALM;
        }
        if (code == 0 || code == 0x100) {
            return Failure.UPSTREAM_INCOMPLETE;
        }
        if (code == 12) {
            return Failure.UPSTREAM_INSECURE;
        }
        return Failure.UPSTREAM_PROTOCOL;
    }

    private static boolean causedByCertificate(Throwable error) {
        @Nullable Throwable cause = error;
        for (int depth = 0; cause != null && depth < 8; depth++, cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause instanceof CertPathValidatorException) {
                return true;
            }
        }
        return false;
    }
}
