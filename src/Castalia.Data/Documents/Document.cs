using System.Text.Json;

namespace Castalia.Data;

/// <summary>
/// One document as dolma writes it: <c>{"id", "text", "source", "added", "created", "metadata"}</c>. Times are kept as the text they came in.
/// </summary>
/// <param name="Id">What the document is called within its source.</param>
/// <param name="Text">The text itself.</param>
/// <param name="Source">The dataset it belongs to; a corpus mixes by it and calls it a component.</param>
/// <param name="Added">When it was taken into the dataset, ISO 8601; null where not known.</param>
/// <param name="Created">When it was written, ISO 8601; null where not known.</param>
/// <param name="Metadata">A JSON object with what else is known: <c>license</c>, <c>url</c>, ...; null where there is none.</param>
public sealed record Document(
    string Id,
    string Text,
    string Source,
    string? Added = null,
    string? Created = null,
    JsonElement? Metadata = null);
