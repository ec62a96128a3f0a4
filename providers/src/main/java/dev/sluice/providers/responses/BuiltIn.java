package dev.sluice.providers.responses;

import java.util.Set;

/** OpenAI's words for what only its own machines do. */
final class BuiltIn {

    private static final Set<String> TYPES =
            Set.of(
                    "apply_patch",
                    "apply_patch_call",
                    "apply_patch_call_output",
                    "code_interpreter",
                    "code_interpreter_call",
                    "compaction",
                    "computer",
                    "computer_call",
                    "computer_call_output",
                    "computer_use_preview",
                    "custom",
                    "custom_tool_call",
                    "custom_tool_call_output",
                    "file_search",
                    "file_search_call",
                    "image_generation",
                    "image_generation_call",
                    "item_reference",
                    "local_shell",
                    "local_shell_call",
                    "local_shell_call_output",
                    "mcp",
                    "mcp_approval_request",
                    "mcp_approval_response",
                    "mcp_call",
                    "mcp_list_tools",
                    "namespace",
                    "shell",
                    "shell_call",
                    "shell_call_output",
                    "tool_search",
                    "web_search",
                    "web_search_call",
                    "web_search_preview");

    private BuiltIn() {}

    /** A type in a message to the caller, which repeats none that nobody knows. */
    static String named(String type) {
        return TYPES.contains(type) ? type : "what it is";
    }
}
