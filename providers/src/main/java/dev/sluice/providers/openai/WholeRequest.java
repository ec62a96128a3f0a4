package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Watches whether a request says by itself all that its answer follows from, and asks for nothing
 * but an answer. What is kept elsewhere may change, and what is to be stored is asked for each time
 * anew. A name that comes twice is taken at its worst: nobody knows which one a provider reads.
 */
final class WholeRequest {

    private static final byte[] STORE = ascii("store");
    private static final byte[] BACKGROUND = ascii("background");
    private static final byte[] CONVERSATION = ascii("conversation");
    private static final byte[] PREVIOUS = ascii("previous_response_id");
    private static final byte[] PROMPT = ascii("prompt");
    private static final byte[] AUDIO = ascii("audio");
    private static final byte[] TOOLS = ascii("tools");
    private static final byte[] TYPE = ascii("type");
    private static final byte[] FUNCTION = ascii("function");
    private static final byte[] CUSTOM = ascii("custom");

    /** Providers' own words for looking something up. */
    private static final byte[][] SEARCHES = {
        ascii("web_search_options"),
        ascii("search_parameters"),
        ascii("enable_search"),
        ascii("plugins"),
        ascii("mcp_servers")
    };

    private final boolean isResponse;
    private boolean reachesOut;
    private boolean forbidsStore;

    WholeRequest(Endpoint endpoint) {
        this.isResponse = endpoint == Endpoint.RESPONSES;
    }

    /** Looks at the member whose value is ahead; the cursor stays where it is. */
    void member(JsonCursor cursor) throws MalformedException {
        byte kind = cursor.kind();
        if (cursor.nameIs(STORE)) {
            forbidsStore |= kind == 'f';
            // A response is stored unless that is forbidden, a chat if it is asked for.
            reachesOut |= kind != 'f' && (isResponse || kind != 'n');
        } else if (cursor.nameIs(BACKGROUND)) {
            reachesOut |= kind != 'f' && kind != 'n';
        } else if (cursor.nameIs(TOOLS)) {
            reachesOut |= kind == '[' && haveHosted(cursor.ahead());
        } else if (isSearch(cursor)
                // What is spoken stays at its provider for a while, and is gone on with by its id.
                || cursor.nameIs(AUDIO)
                || (isResponse
                        && (cursor.nameIs(PREVIOUS)
                                || cursor.nameIs(CONVERSATION)
                                || cursor.nameIs(PROMPT)))) {
            reachesOut |= kind != 'n';
        }
    }

    private static boolean isSearch(JsonCursor cursor) {
        for (byte[] name : SEARCHES) {
            if (cursor.nameIs(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is a tool that its provider runs: it acts, or looks, each time anew. */
    private static boolean haveHosted(JsonCursor tools) throws MalformedException {
        boolean found = false;
        tools.enterArray();
        while (tools.nextElement()) {
            if (tools.kind() == '{') {
                found |= isHosted(tools);
            } else {
                tools.skipValue();
            }
        }
        return found;
    }

    private static boolean isHosted(JsonCursor tool) throws MalformedException {
        boolean isCallers = false;
        tool.enterObject();
        while (tool.nextMember()) {
            boolean isType = tool.nameIs(TYPE) && tool.kind() == '"';
            tool.skipValue();
            isCallers |= isType && (tool.textIs(FUNCTION) || tool.textIs(CUSTOM));
        }
        return !isCallers;
    }

    /** Whether the same request may have the same answer, once all members were seen. */
    boolean isWhole() {
        return !reachesOut && (forbidsStore || !isResponse);
    }

    private static byte[] ascii(String name) {
        return name.getBytes(US_ASCII);
    }
}
