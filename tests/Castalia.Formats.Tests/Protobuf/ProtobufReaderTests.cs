namespace Castalia.Formats.Tests.Protobuf;

/// <summary>Protocol buffers: fields of every kind are read or passed over, and damage is named with its byte.</summary>
public sealed class ProtobufReaderTests
{
    // Field 1: 150. 2: "testing". 3: a message with field 1 = 1. 4: 1.5f. 5: eight bytes. 100: true. 1 again: 2^64 - 1.
    private static readonly byte[] Sound =
    [
        0x08, 0x96, 0x01, 0x12, 0x07, .. "testing"u8, 0x1A, 0x02, 0x08, 0x01, 0x25, 0x00, 0x00, 0xC0, 0x3F, 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0xA0, 0x06, 0x01,
        0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01,
    ];

    [Fact]
    public void Fields_of_every_kind_are_read()
    {
        ProtobufReader reader = new(Sound, "file");
        Assert.True(reader.Next());
        Assert.Equal((1, 150UL), (reader.Field, reader.Varint()));
        Assert.True(reader.Next());
        Assert.Equal((2, ProtobufWireType.Bytes, "testing"), (reader.Field, reader.WireType, reader.Text()));
        Assert.True(reader.Next());
        ProtobufReader inner = reader.Message();
        Assert.True(inner.Next());
        Assert.Equal((15, 1UL), (inner.Place, inner.Varint()));
        Assert.False(inner.Next());
        Assert.True(reader.Next());
        Assert.Equal(1.5f, reader.Float());
        Assert.True(reader.Next());
        Assert.Equal(ProtobufWireType.Fixed64, reader.WireType);
        Assert.True(reader.Next());
        Assert.Equal((100, true), (reader.Field, reader.Bool()));
        Assert.True(reader.Next());
        Assert.Equal(ulong.MaxValue, reader.Varint());
        Assert.False(reader.Next());
    }

    [Fact]
    public void Fields_that_are_not_read_are_passed_over()
    {
        ProtobufReader reader = new(Sound, "file");
        List<int> fields = [];
        while (reader.Next())
            fields.Add(reader.Field);
        Assert.Equal([1, 2, 3, 4, 5, 100, 1], fields);
    }

    [Fact]
    public void A_message_cut_inside_a_field_is_refused()
    {
        int[] between = [0, 3, 12, 16, 21, 30, 33, Sound.Length];
        for (int length = 0; length <= Sound.Length; length++)
        {
            if (between.Contains(length))
                Walk(Sound[..length]);
            else
                Assert.StartsWith("byte ", Assert.Throws<InputException>(() => Walk(Sound[..length])).Place);
        }
    }

    [Theory]
    [InlineData("00", "no field is announced by 0")]
    [InlineData("0B", "no field is announced")]
    [InlineData("0E", "no field is announced")]
    [InlineData("8080808010", "no field is announced")]
    [InlineData("08FFFFFFFFFFFFFFFFFF02", "longer than 64 bits")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01", "longer than 64 bits")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01", "more bytes for field 1, found 0")]
    [InlineData("0A0500", "expected 5 more bytes for field 1, found 1")]
    public void Damage_is_named(string hex, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Walk(Convert.FromHexString(hex)));
        Assert.Equal("file", error.File);
        Assert.Contains(problem, error.Problem);
    }

    [Fact]
    public void A_value_of_another_kind_or_that_is_not_UTF8_is_refused()
    {
        Assert.Contains("expected a float in field 1, found Varint", Refused(static (ref reader) => reader.Float(), 0x08, 1));
        Assert.Contains("expected a text in field 1, found Varint", Refused(static (ref reader) => reader.Text(), 0x08, 1));
        Assert.Contains("expected a whole number in field 1, found Bytes", Refused(static (ref reader) => reader.Varint(), 0x0A, 0));
        Assert.Contains("not UTF-8", Refused(static (ref reader) => reader.Text(), 0x0A, 1, 0xFF));
    }

    private delegate object Reading(ref ProtobufReader reader);

    private static string Refused(Reading read, params byte[] message) => Assert.Throws<InputException>(() =>
    {
        ProtobufReader reader = new(message, "file", 10);
        reader.Next();
        read(ref reader);
    }).Problem;

    private static void Walk(byte[] message)
    {
        ProtobufReader reader = new(message, "file");
        while (reader.Next())
        {
        }
    }
}
