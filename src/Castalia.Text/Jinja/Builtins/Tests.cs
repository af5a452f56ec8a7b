using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Builtins;

/// <summary>The tests: what may stand behind <c>is</c>.</summary>
internal static class Tests
{
    public static IReadOnlyDictionary<string, TestFunction> All { get; } = new Dictionary<string, TestFunction>(StringComparer.Ordinal)
    {
        ["defined"] = (x, _) => x is not JinjaUndefined,
        ["undefined"] = (x, _) => x is JinjaUndefined,
        ["none"] = (x, _) => x is null,
        ["boolean"] = (x, _) => x is bool,
        ["true"] = (x, _) => x is true,
        ["false"] = (x, _) => x is false,
        ["integer"] = (x, _) => x is long,
        ["float"] = (x, _) => x is double,
        ["number"] = (x, _) => x is long or double or bool,
        ["string"] = (x, _) => x is string,
        ["mapping"] = (x, _) => PythonMapping.Is(x),
        ["sequence"] = (x, _) => x is string or IReadOnlyList<object?> || PythonMapping.Is(x),
        ["iterable"] = (x, _) => x is string or IReadOnlyList<object?> || PythonMapping.Is(x),
        ["callable"] = (x, _) => x is IJinjaCallable,
        ["even"] = (x, _) => PythonOperators.AreEqual(PythonOperators.Modulo(x, 2L), 0L),
        ["odd"] = (x, _) => PythonOperators.AreEqual(PythonOperators.Modulo(x, 2L), 1L),
        ["divisibleby"] = (x, call) => PythonOperators.AreEqual(PythonOperators.Modulo(x, call.Integer(0, "num")), 0L),
        ["lower"] = (x, _) => PythonText.Str(x) is var text && text == PythonString.Lower(text) && text != PythonString.Upper(text),
        ["upper"] = (x, _) => PythonText.Str(x) is var text && text == PythonString.Upper(text) && text != PythonString.Lower(text),
        ["in"] = (x, call) => PythonOperators.Contains(call.Get(0, "seq"), x),
        ["sameas"] = (x, call) => x is null or bool ? Equals(x, call.Get(0, "other")) : ReferenceEquals(x, call.Get(0, "other")),
        ["eq"] = Equal,
        ["equalto"] = Equal,
        ["=="] = Equal,
        ["ne"] = (x, call) => !Equal(x, call),
        ["!="] = (x, call) => !Equal(x, call),
        ["lt"] = (x, call) => Order(x, call) < 0,
        ["lessthan"] = (x, call) => Order(x, call) < 0,
        ["<"] = (x, call) => Order(x, call) < 0,
        ["le"] = (x, call) => Order(x, call) <= 0,
        ["<="] = (x, call) => Order(x, call) <= 0,
        ["gt"] = (x, call) => Order(x, call) > 0,
        ["greaterthan"] = (x, call) => Order(x, call) > 0,
        [">"] = (x, call) => Order(x, call) > 0,
        ["ge"] = (x, call) => Order(x, call) >= 0,
        [">="] = (x, call) => Order(x, call) >= 0,
    };

    private static bool Equal(object? value, BuiltinCall call) => PythonOperators.AreEqual(value, call.Get(0, "other"));

    private static int Order(object? value, BuiltinCall call) => PythonOperators.Compare(value, call.Get(0, "other"));
}
