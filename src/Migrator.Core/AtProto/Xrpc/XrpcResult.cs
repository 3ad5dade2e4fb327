using System.Diagnostics.CodeAnalysis;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// What a remote call gave: a value or an <see cref="XrpcError"/>. A remote failure is an everyday result, not an exception.
/// </summary>
public readonly struct XrpcResult<T>
{
    private readonly T _value;
    private readonly XrpcError? _error;

    internal XrpcResult(T value) => (_value, _error, IsOk) = (value, null, true);

    private XrpcResult(XrpcError error) => (_value, _error, IsOk) = (default!, error, false);

    public bool IsOk { get; }

    /// <summary>The value; asking for it after a failure is a bug of the caller.</summary>
    public T Value => IsOk ? _value : throw new InvalidOperationException($"The call failed: {_error}");

    /// <summary>The failure; asking for it after a success is a bug of the caller.</summary>
    public XrpcError Error => _error ?? throw new InvalidOperationException("The call did not fail.");

    public bool TryGetValue([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out XrpcError? error)
    {
        (value, error) = (_value, _error);
        return IsOk;
    }

    public static implicit operator XrpcResult<T>(XrpcError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error);
    }

    public override string ToString() => IsOk ? "ok" : Error.ToString();
}

public static class XrpcResult
{
    public static XrpcResult<T> Ok<T>(T value) => new(value);

    /// <summary>The success of a call that returns nothing.</summary>
    public static XrpcResult<Nothing> Done => new(default(Nothing));
}
