namespace Migrator.Core.AtProto.Syntax;

/// <summary>
/// A timestamp identifier: 13 characters that sort by time. The revision of a repo is one, and so are most record keys.
/// </summary>
/// <remarks>
/// 64 bits, big end first: one zero bit, 53 bits of microseconds since 1970, 10 bits of clock id; written in base32 with the
/// alphabet <c>2-7 a-z</c>, whose order is the order of the characters, so text order equals numeric order.
/// The default value is the TID of zero, <c>2222222222222</c>. Source: https://atproto.com/specs/tid
/// </remarks>
public readonly struct Tid : IIdentifier<Tid>, IComparable<Tid>
{
    public const int Length = 13;
    private const string Alphabet = "234567abcdefghijklmnopqrstuvwxyz";
    private const int ClockIdBits = 10;
    private const long MaxMicroseconds = (1L << 53) - 1;

    private readonly ulong _value;

    private Tid(ulong value) => _value = value;

    /// <summary>The 64 bits as a number.</summary>
    public ulong Value => _value;

    /// <summary>0 to 1023; tells apart two writers in the same microsecond.</summary>
    public int ClockId => (int)(_value & ((1 << ClockIdBits) - 1));

    /// <summary>The time inside. Whoever made the TID chose it: it may be wrong, or centuries ahead.</summary>
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks((long)(_value >> ClockIdBits) * TimeSpan.TicksPerMicrosecond);

    /// <param name="time">Cut to the microsecond.</param>
    /// <param name="clockId">0 to 1023.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time before 1970 or after 2255, or a clock id out of range.</exception>
    public static Tid FromTime(DateTimeOffset time, int clockId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(clockId);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(clockId, 1 << ClockIdBits);
        var microseconds = (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        if (time < DateTimeOffset.UnixEpoch || microseconds > MaxMicroseconds) throw new ArgumentOutOfRangeException(nameof(time));
        return new Tid(((ulong)microseconds << ClockIdBits) | (uint)clockId);
    }

    public static string? FindFault(ReadOnlySpan<char> text) => Read(text, out _);

    public static bool TryParse(ReadOnlySpan<char> text, out Tid value)
    {
        var good = Read(text, out var number) is null;
        value = good ? new Tid(number) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out Tid)"/>
    public static bool TryParse(string? text, out Tid value) => TryParse(text.AsSpan(), out value);

    /// <exception cref="FormatException">Not a TID; the message says why.</exception>
    public static Tid Parse(ReadOnlySpan<char> text) => Identifier.Parse<Tid>(text);

    public override string ToString() => string.Create(Length, _value, static (to, bits) =>
    {
        for (var i = Length - 1; i >= 0; i--, bits >>= 5) to[i] = Alphabet[(int)(bits & 31)];
    });

    public int CompareTo(Tid other) => _value.CompareTo(other._value);
    public bool Equals(Tid other) => _value == other._value;
    public override bool Equals(object? obj) => obj is Tid other && Equals(other);
    public override int GetHashCode() => _value.GetHashCode();
    public static bool operator ==(Tid left, Tid right) => left._value == right._value;
    public static bool operator !=(Tid left, Tid right) => left._value != right._value;
    public static bool operator <(Tid left, Tid right) => left._value < right._value;
    public static bool operator >(Tid left, Tid right) => left._value > right._value;
    public static bool operator <=(Tid left, Tid right) => left._value <= right._value;
    public static bool operator >=(Tid left, Tid right) => left._value >= right._value;

    private static string? Read(ReadOnlySpan<char> text, out ulong number)
    {
        number = 0;
        if (text.Length != Length) return "it is not 13 characters long";
        foreach (var c in text)
        {
            var digit = c switch
            {
                >= '2' and <= '7' => c - '2',
                >= 'a' and <= 'z' => c - 'a' + 6,
                _ => -1,
            };
            if (digit < 0) return "it holds a character outside 2-7 and a-z";
            // 13 characters hold 65 bits: one more than there is room for.
            if (number >> 59 != 0) return "its first character is past 'j'";
            number = (number << 5) | (uint)digit;
        }
        return null;
    }
}
