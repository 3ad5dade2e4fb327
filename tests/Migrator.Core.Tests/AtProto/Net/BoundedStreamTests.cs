using System.IO.Pipelines;
using Migrator.Core.AtProto.Net;
using Migrator.Testing;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Net;

public sealed class BoundedStreamTests
{
    private static readonly StreamLimits Limits = new(10, TimeSpan.FromSeconds(30), 100, TimeSpan.FromSeconds(20));
    private readonly ManualTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_of_exactly_the_cap_is_read()
    {
        await using var stream = new BoundedStream(new MemoryStream(new byte[10]), Limits, _time);
        var copy = new MemoryStream();

        await stream.CopyToAsync(copy, Cancel);

        Assert.Equal(10, copy.Length);
        Assert.Equal(10, stream.BytesRead);
    }

    [Fact]
    public async Task One_byte_over_the_cap_ends_the_read_and_hands_out_nothing_past_it()
    {
        await using var stream = new BoundedStream(new MemoryStream(new byte[11]), Limits, _time);
        var copy = new MemoryStream();

        var fault = await Assert.ThrowsAsync<NetworkLimitException>(() => stream.CopyToAsync(copy, Cancel));

        Assert.Equal(NetworkLimit.TooManyBytes, fault.Limit);
        Assert.True(copy.Length <= 10);
    }

    [Fact]
    public async Task Silence_ends_the_read()
    {
        var pipe = new Pipe();
        await using var stream = new BoundedStream(pipe.Reader.AsStream(), Limits, _time);
        var read = stream.ReadAsync(new byte[8], Cancel).AsTask();

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        var fault = await Assert.ThrowsAsync<NetworkLimitException>(() => read);
        Assert.Equal(NetworkLimit.Idle, fault.Limit);
    }

    [Fact]
    public async Task Each_byte_starts_the_silence_anew()
    {
        var pipe = new Pipe();
        await using var stream = new BoundedStream(pipe.Reader.AsStream(), Limits with { MinBytesPerSecond = 0 }, _time);

        for (var i = 0; i < 5; i++)
        {
            var read = stream.ReadAsync(new byte[8], Cancel).AsTask();
            _time.Advance(TimeSpan.FromSeconds(25));
            await pipe.Writer.WriteAsync(new byte[1], Cancel);
            Assert.Equal(1, await read);
        }
    }

    [Fact]
    public async Task A_drip_is_cut_by_its_rate()
    {
        var pipe = new Pipe();
        await using var stream = new BoundedStream(pipe.Reader.AsStream(), Limits with { MaxBytes = 1000 }, _time);

        var fault = await Assert.ThrowsAsync<NetworkLimitException>(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var read = stream.ReadAsync(new byte[8], Cancel).AsTask();
                _time.Advance(TimeSpan.FromSeconds(1));
                await pipe.Writer.WriteAsync(new byte[1], Cancel);
                await read;
            }
        });

        Assert.Equal(NetworkLimit.TooSlow, fault.Limit);
        Assert.Equal(20, stream.BytesRead + 1);
    }

    [Fact]
    public async Task Time_that_the_reader_takes_is_not_held_against_the_sender()
    {
        var pipe = new Pipe();
        await using var stream = new BoundedStream(pipe.Reader.AsStream(), Limits with { MaxBytes = 1000 }, _time);
        for (var i = 0; i < 100; i++)
        {
            await pipe.Writer.WriteAsync(new byte[1], Cancel);
            Assert.Equal(1, await stream.ReadAsync(new byte[8], Cancel));
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Cancelling_is_told_from_silence()
    {
        var pipe = new Pipe();
        await using var stream = new BoundedStream(pipe.Reader.AsStream(), Limits, _time);
        using var cancel = new CancellationTokenSource();
        var read = stream.ReadAsync(new byte[8], cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }
}
