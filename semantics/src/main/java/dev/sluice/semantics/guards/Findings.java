package dev.sluice.semantics.guards;

import java.util.ArrayList;
import java.util.List;

/** What is gathered from a text, before it is hashed. */
final class Findings {

    final List<String> numbers = new ArrayList<>();
    final List<String> dates = new ArrayList<>();
    final List<String> units = new ArrayList<>();
    final List<String> code = new ArrayList<>();
    final List<String> quotes = new ArrayList<>();
    final List<String> names = new ArrayList<>();
    final List<String> poles = new ArrayList<>();
    final List<String> denied = new ArrayList<>();
    final List<String> extents = new ArrayList<>();
    final List<String> persons = new ArrayList<>();
    final List<Word> words = new ArrayList<>();
    int denials;
    int exceptions;
    int tenses;

    /** A word with how much it matters. */
    record Word(String stem, int weight, boolean adverb) {}

    void number(String number) {
        numbers.add(number);
    }

    void date(String date) {
        dates.add(date);
    }

    void unit(String unit) {
        units.add(unit);
    }
}
