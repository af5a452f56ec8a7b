namespace Castalia.Evaluation;

/// <summary>What a task reads off a document: one of the forms that <c>doc_to_text</c>, <c>doc_to_target</c> and <c>doc_to_choice</c> may have.</summary>
public abstract record TaskField;

/// <summary>A template in Jinja; or, if a column has just this name, the column's value.</summary>
/// <param name="Text">The template, or the column's name.</param>
public sealed record TemplateField(string Text) : TaskField;

/// <summary>The same value for every document: an index, or a list of choices or answers.</summary>
/// <param name="Value">A long, or a list.</param>
public sealed record ConstantField(object Value) : TaskField;

/// <summary>A built-in function of the document.</summary>
/// <param name="Function">The function.</param>
public sealed record FunctionField(DocumentFunction Function) : TaskField;
