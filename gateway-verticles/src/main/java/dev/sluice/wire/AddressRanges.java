package dev.sluice.wire;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** CIDRs that the configuration has checked. */
final class AddressRanges {

    static final AddressRanges NONE = new AddressRanges(List.of());

    private final List<String> texts;
    private final List<IpSubnetFilterRule> rules = new ArrayList<>();

    AddressRanges(List<String> texts) {
        this.texts = texts;
        for (String text : texts) {
            int slash = text.indexOf('/');
            rules.add(new IpSubnetFilterRule(
                    text.substring(0, slash), Integer.parseInt(text.substring(slash + 1)), IpFilterRuleType.ACCEPT));
        }
    }

    /** Whether these are the ranges that were given, the very list. */
    @SuppressWarnings("ReferenceEquality") // one per configuration
    boolean isOf(List<String> given) {
        return texts == given;
    }

    boolean contains(InetAddress address) {
        if (rules.isEmpty()) {
            return false;
        }
        InetSocketAddress socket = new InetSocketAddress(address, 0);
        return rules.stream().anyMatch(rule -> rule.matches(socket));
    }
}
