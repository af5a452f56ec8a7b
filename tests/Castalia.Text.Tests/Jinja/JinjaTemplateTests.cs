using Castalia.Text.Jinja;

namespace Castalia.Text.Tests.Jinja;

public sealed class JinjaTemplateTests
{
    private static readonly Dictionary<string, object?> Values = new()
    {
        ["name"] = "Ada",
        ["n"] = 3L,
        ["items"] = new object?[] { "b", "a", "C" },
        ["row"] = new Dictionary<string, object?> { ["text"] = "t", ["items"] = 7L },
        ["rows"] = new object?[]
        {
            new Dictionary<string, object?> { ["k"] = 2L, ["v"] = "two" },
            new Dictionary<string, object?> { ["k"] = 1L, ["v"] = "one" },
        },
        ["wave"] = "𝄞a𝄞",
    };

    [Theory]
    [InlineData("{% for x in items %}{{ loop.index0 }}{{ x }}{{ ',' if not loop.last }}{% endfor %}", "0b,1a,2C")]
    [InlineData("{% for x in [] %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% for x in items if x != 'a' %}{{ x }}{{ loop.length }}{% endfor %}", "b2C2")]
    [InlineData("{% for k, v in {'x': 1, 'y': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "x=1;y=2;")]
    [InlineData("{% set x = 1 %}{% for i in range(3) %}{% set x = i %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = i %}{% endfor %}{{ ns.x }}", "2")]
    [InlineData("{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}", "0134")]
    [InlineData("{% set x | upper %}a{{ n }}b{% endset %}{{ x }}", "A3B")]
    [InlineData("{% macro f(a, b='-') %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}{{ f(2, b='+') }}", "1-2+")]
    [InlineData("{{ row.text }}{{ row['items'] }}", "t7")]
    [InlineData("{{ missing | default('x') }}{{ '' | default('y', true) }}", "xy")]
    [InlineData("{{ items | sort | join }}|{{ items | sort(case_sensitive=true) | join }}", "abC|Cab")]
    [InlineData("{{ rows | sort(attribute='k') | map(attribute='v') | join(' ') }}", "one two")]
    [InlineData("{{ rows | selectattr('k', 'gt', 1) | map(attribute='v') | list }}", "['two']")]
    [InlineData("{{ items | reject('equalto', 'a') | list }}{{ [0, 1, ''] | select | list }}", "['b', 'C'][1]")]
    [InlineData("{{ items | first }}{{ items | last }}{{ [3, 1] | max }}{{ [3, 1] | min }}{{ [3, 1] | sum }}", "bC314")]
    [InlineData("{{ wave | length }}{{ wave[1] }}{{ wave[::2] | length }}{{ wave.index('a') }}", "3a21")]
    [InlineData("{{ 1 ~ 2 * 3 }}{{ (1 + 2) ~ 3 }}", "1633")]
    [InlineData("{{ 1 + 2 ~ 3 }}", null)]
    [InlineData("{{ 2 ** 3 ** 2 }}", "64")]
    [InlineData("{{ -7 // 2 }} {{ 7 % -3 }} {{ -7.5 % 2 }} {{ 1 == 1.0 == true }}", "-4 -2 0.5 True")]
    [InlineData("{{ 1 < 2 < 3 }}{{ 'b' > 'a' }}{{ [1, 2] < [1, 3] }}{{ (1,) }}", "TrueTrueTrue(1,)")]
    [InlineData("{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 5 / 2 }} {{ 4 / 2 }}", "1e+16 1000000000000000.0 0.0001 1e-05 2.5 2.0")]
    [InlineData("{{ 'a%5.2f|%-4d|%04d' % (1.234, 5, 6) }}", "a 1.23|5   |0006")]
    [InlineData("{{ '{:>5}|{:.1f}|{0}{{}}'.format('x', 2.25) }}", "    x|2.2|x{}")]
    [InlineData("{{ 'a b  c'.split() }}{{ 'a,b,c'.split(',', 1) }}{{ 'x=y'.partition('=') }}", "['a', 'b', 'c']['a', 'b,c']('x', '=', 'y')")]
    [InlineData("{{ n is odd and n is not even }}{{ n is divisibleby 3 }}{{ n is in [3] }}{{ name is string }}", "TrueTrueTrueTrue")]
    [InlineData("[{{ 'x' if false }}]", "[]")]
    [InlineData("a {%- if true %} b {% endif -%} c", "a b c")]
    [InlineData("{{ 'it''s' }}{{ \"tab\\there\" }}{{ '\\u00e9' }}", "itstab\thereé")]
    [InlineData("{{ {1: 'one', true: 'still one'}[1.0] }}", "still one")]
    [InlineData("{{ name | tojson }}{{ {'b': [1, none], 'a': 'é'} | tojson }}", "\"Ada\"{\"b\": [1, null], \"a\": \"é\"}")]
    [InlineData("{{ 'a1b22' | regex_replace('[0-9]+', '<\\\\g<0>>') }}", "a<1>b<22>")]
    [InlineData("{{ '12abc' | int }}{{ ' 12 ' | int }}{{ '3.9' | int }}{{ 'x' | int(5) }}", "01235")]
    [InlineData("{{ 2.5 | round }}{{ 1.256 | round(2) }}{{ 1.2 | round(0, 'ceil') }}", "2.01.262.0")]
    public void Follows_jinja(string template, string? expected)
    {
        if (expected is null)
            Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template).Render(Values));
        else
            Assert.Equal(expected, JinjaTemplate.Parse(template).Render(Values));
    }

    [Fact]
    public void Chat_options_trim_blocks_and_take_unknown_names_for_nothing()
    {
        const string Template = "{% for m in messages %}\n    {% if m.role == 'user' %}\n[{{ m.content }}]\n    {% endif %}\n{% endfor %}\n{{ missing }}end\n";
        var values = new Dictionary<string, object?>
        {
            ["messages"] = new object?[] { new Dictionary<string, object?> { ["role"] = "user", ["content"] = "hi" } },
        };
        Assert.Equal("[hi]\nend", JinjaTemplate.Parse(Template, JinjaOptions.Chat).Render(values));
    }

    [Theory]
    [InlineData("line\n{{ missing }}", 2, 1, "'missing' is undefined")]
    [InlineData("{{ name.nothing }}", 1, 1, "has no attribute 'nothing'")]
    [InlineData("ab {{ [1][5] }}", 1, 4, "no element 5")]
    [InlineData("{{ 1 + 'a' }}", 1, 6, "unsupported operand")]
    [InlineData("{{ items.index('z') }}", 1, 15, "'z' is not in list")]
    [InlineData("{{ 1 // 0 }}", 1, 6, "division by zero")]
    [InlineData("{{ 9223372036854775807 + 1 }}", 1, 24, "64 bits")]
    [InlineData("{{ items.append(1) }}", 1, 16, "only a list that the template made")]
    public void A_failing_template_names_its_place(string template, int line, int column, string problem)
    {
        var error = Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template).Render(Values));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("{{ name", "never closed")]
    [InlineData("{{ 'abc }}", "never closed")]
    [InlineData("{# note", "never closed")]
    [InlineData("{% raw %}x", "never closed")]
    [InlineData("{% if n %}x", "never closed")]
    [InlineData("{% for x in items %}{% endif %}", "expected '{% endfor %}'")]
    [InlineData("x{% endif %}", "closes nothing")]
    [InlineData("{{ name | nofilter }}", "no filter is named 'nofilter'")]
    [InlineData("{{ name is notest }}", "no test is named 'notest'")]
    [InlineData("{% frob %}", "no statement is named 'frob'")]
    [InlineData("{% break %}", "outside any loop")]
    [InlineData("{{ }}", "expected a value")]
    [InlineData("{{ a ? b }}", "unexpected character '?'")]
    public void What_is_no_template_is_refused(string template, string problem) =>
        Assert.Contains(problem, Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_template_that_runs_away_is_stopped()
    {
        var tight = new JinjaOptions { MaxOutputLength = 1000, MaxRounds = 500 };
        Assert.Contains("writes more than", Fails("{% for i in range(400) %}0123456789{% endfor %}", tight), StringComparison.Ordinal);
        Assert.Contains("loop rounds", Fails("{% for i in range(400) %}{% for j in range(9) %}{% endfor %}{% endfor %}", tight), StringComparison.Ordinal);
        Assert.Contains("MemoryError", Fails("{{ 'x' * 999999999 }}"), StringComparison.Ordinal);
        Assert.Contains("OverflowError", Fails("{{ range(99999999999) | length }}"), StringComparison.Ordinal);
        Assert.Contains("nested", Fails("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), StringComparison.Ordinal);
        Assert.Contains("nested", Fails("{{ " + new string('(', 5000) + new string(')', 5000) + " }}"), StringComparison.Ordinal);
        Assert.Contains("nested", Fails(string.Concat(Enumerable.Repeat("{% if n %}", 5000))), StringComparison.Ordinal);

        static string Fails(string template, JinjaOptions? options = null) =>
            Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template, options).Render(Values)).Message;
    }
}
