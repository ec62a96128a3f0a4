package dev.sluice.providers.openai;

import java.util.Set;

/**
 * What a form with a file has, beside what {@link RequestPeek.Facts} tell.
 *
 * @param boundary between its parts: letters, digits and a few marks, at most 70
 * @param names of its fields
 * @param fileStart where the file's bytes begin in the body
 * @param fileEnd where they end, exclusive
 */
public record FormBody(String boundary, Set<String> names, int fileStart, int fileEnd) {

    public FormBody {
        names = Set.copyOf(names);
    }

    /** What says of a body that it is this form. */
    public String contentType() {
        boolean isToken = boundary.chars().noneMatch(c -> "()<>@,;:\\\"/[]?=".indexOf(c) >= 0);
        return "multipart/form-data; boundary=" + (isToken ? boundary : "\"" + boundary + "\"");
    }

    /** The size of the file in bytes. */
    public int fileBytes() {
        return fileEnd - fileStart;
    }
}
