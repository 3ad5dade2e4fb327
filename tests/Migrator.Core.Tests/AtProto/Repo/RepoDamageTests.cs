using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>Good repositories, damaged in one place: each must be refused, and for the right reason.</summary>
public class RepoDamageTests : TestRepos
{
    [Fact]
    public async Task A_file_cut_after_any_byte_is_refused()
    {
        var car = Sample(6).Build().ToCar(BlockOrder.Shuffled, seed: 1);
        for (var length = 0; length < car.Length; length++) Assert.NotNull(await FaultOf(car[..length]));
    }

    [Fact]
    public async Task A_file_with_any_byte_changed_is_refused()
    {
        var car = Sample(6).Build().ToCar(BlockOrder.Shuffled, seed: 1);
        for (var at = 0; at < car.Length; at++)
        {
            var damaged = (byte[])car.Clone();
            damaged[at] ^= (byte)(1 << (at % 8));
            Assert.NotNull(await FaultOf(damaged));
        }
    }

    [Fact]
    public async Task A_file_with_any_block_missing_is_refused()
    {
        var repo = Sample(60).Build();
        var records = repo.Records.Select(r => r.Cid).ToHashSet();
        foreach (var missing in repo.Blocks)
        {
            var fault = await FaultOf(Car(repo.Commit, repo.Blocks.Where(b => b.Cid != missing.Cid)));
            var expected = missing.Cid == repo.Commit ? RepoFault.CommitMissing
                : records.Contains(missing.Cid) ? RepoFault.RecordMissing : RepoFault.BlockMissing;
            Assert.Equal(expected, fault);
        }
    }

    [Fact]
    public async Task A_missing_record_is_named_by_its_path()
    {
        var fault = await ExceptionOf(Sample().PutMissing("a.b.c/gone", Cid.ForDagCbor([1])).Build().ToCar());
        Assert.Equal(RepoFault.RecordMissing, fault?.Fault);
        Assert.Contains("a.b.c/gone", fault!.Detail);
    }

    [Fact]
    public async Task The_first_of_several_faults_is_the_one_that_is_named()
    {
        var repo = Sample(20_000).Build();
        var car = repo.ToCar();
        var offsets = new List<int>();
        var reader = await CarReader.OpenAsync(new MemoryStream(car), cancel: TestContext.Current.CancellationToken);
        await foreach (var block in reader.ReadBlocksAsync(TestContext.Current.CancellationToken)) offsets.Add((int)block.Offset);
        Assert.True(car.Length > 3_000_000, "several stretches are needed");
        for (var i = offsets.Count - 1; i > 3000; i -= 997)
        {
            car[offsets[i]] ^= 0x40;
            Assert.Equal(offsets[i] - Cid.BinaryLength, (await ExceptionOf(car))?.Offset);
        }
    }

    [Fact]
    public async Task A_fault_in_a_delta_names_the_file_and_the_place_in_it()
    {
        var builder = Sample();
        var first = builder.Build();
        var delta = builder.PutText("a.b.c/1", "x").Build().ToDelta(first);
        delta[^1] ^= 1;
        var fault = await ExceptionOf(first.ToCar(), delta);
        Assert.Equal(RepoFault.CarBlockHash, fault?.Fault);
        Assert.InRange(fault!.Offset, 59, delta.Length);
        Assert.Contains("file 2 of 2", fault.Detail);
    }

    [Fact]
    public async Task Two_roots_or_none_are_refused()
    {
        var repo = Sample().Build();
        var car = repo.ToCar();
        Assert.Equal(RepoFault.CarRoots, await FaultOf([.. Header(repo.Commit, repo.Commit), .. car[59..]]));
        Assert.Equal(RepoFault.CarRoots, await FaultOf([.. Header(), .. car[59..]]));
        Assert.Null(await FaultOf([.. Header(repo.Commit), .. car[59..]]));
    }

    [Fact]
    public async Task The_repository_of_another_account_is_refused()
    {
        var other = new RepoBuilder(Did.Parse("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"), Key).PutText("a.b.c/1", "x");
        Assert.Equal(RepoFault.CommitDid, await FaultOf(other.Build()));
    }

    [Theory]
    [InlineData(KeyCurve.K256)]
    [InlineData(KeyCurve.P256)]
    public async Task A_commit_signed_by_another_key_is_refused(KeyCurve curve)
    {
        using var stranger = PrivateKey.Generate(curve);
        Assert.Equal(RepoFault.CommitSignature, await FaultOf(new RepoBuilder(Account, stranger).PutText("a.b.c/1", "x").Build()));
    }

    [Fact]
    public async Task Without_a_key_nothing_is_believed()
    {
        var path = Save(Sample().Build().ToCar());
        var fault = await Assert.ThrowsAsync<RepoFaultException>(() =>
            RepoVerifier.VerifyFilesAsync([path], new RepoExpectation(Account, []), cancel: TestContext.Current.CancellationToken));
        Assert.Equal(RepoFault.CommitSignature, fault.Fault);
    }

    [Theory]
    [InlineData("without did", RepoFault.CommitShape)]
    [InlineData("without rev", RepoFault.CommitShape)]
    [InlineData("without sig", RepoFault.CommitShape)]
    [InlineData("without data", RepoFault.CommitShape)]
    [InlineData("without prev", RepoFault.CommitShape)]
    [InlineData("without version", RepoFault.CommitShape)]
    [InlineData("another field", RepoFault.CommitShape)]
    [InlineData("raw data", RepoFault.CommitShape)]
    [InlineData("version 2", RepoFault.CommitVersion)]
    [InlineData("short rev", RepoFault.CommitRev)]
    [InlineData("short sig", RepoFault.CommitSignature)]
    [InlineData("changed prev", RepoFault.CommitSignature)]
    [InlineData("did is a number", RepoFault.CborUnexpectedType)]
    [InlineData("a byte behind it", RepoFault.CborTrailingBytes)]
    public async Task A_commit_that_is_not_as_it_must_be_is_refused(string damage, RepoFault expected)
    {
        var good = Sample(3).Build();
        Assert.Equal(good.Blocks[0].Data, Commit(good, ""));
        byte[] commit = damage == "a byte behind it" ? [.. Commit(good, ""), 0] : Commit(good, damage);
        var blocks = good.Blocks.Skip(1).Prepend((Cid.ForDagCbor(commit), commit));
        Assert.Equal(expected, await FaultOf(Car(Cid.ForDagCbor(commit), blocks)));
    }

    [Fact]
    public async Task A_root_that_is_no_commit_is_refused()
    {
        var repo = Sample(3).Build();
        Assert.Equal(RepoFault.CommitShape, await FaultOf(Car(repo.Data, repo.Blocks)));
        byte[] list = [0x80];
        Assert.Equal(RepoFault.CommitShape, await FaultOf(Car(Cid.ForDagCbor(list), [(Cid.ForDagCbor(list), list)])));
        byte[] raw = [1];
        Assert.Equal(RepoFault.CommitShape, await FaultOf(Car(Cid.ForRaw(raw), [(Cid.ForRaw(raw), raw)])));
    }

    [Theory]
    [InlineData("80", RepoFault.RecordShape)] // a list
    [InlineData("6161", RepoFault.RecordShape)] // text
    [InlineData("a0a0", RepoFault.CborTrailingBytes)]
    [InlineData("a1616100ff", RepoFault.CborTrailingBytes)]
    [InlineData("a16161fb3ff8000000000000", RepoFault.CborFloat)]
    [InlineData("a1616118", RepoFault.CborTruncated)]
    [InlineData("a26162006161 00", RepoFault.CborKeyOrder)]
    [InlineData("", RepoFault.CborTruncated)]
    public async Task A_record_that_is_not_data_of_the_protocol_is_refused_by_its_path(string hex, RepoFault expected)
    {
        var record = Convert.FromHexString(hex.Replace(" ", ""));
        var fault = await ExceptionOf(Sample().Put("a.b.c/odd", record).Build().ToCar());
        Assert.Equal(expected, fault?.Fault);
        Assert.Contains("a.b.c/odd", fault!.Detail);
    }

    [Fact]
    public async Task A_record_that_is_named_as_a_blob_is_refused()
    {
        var repo = Sample().PutMissing("a.b.c/raw", Cid.ForRaw([0xa0])).Build();
        Assert.Equal(RepoFault.RecordCodec, await FaultOf(Car(repo.Commit, [.. repo.Blocks, (Cid.ForRaw([0xa0]), [0xa0])])));
    }

    [Fact]
    public async Task A_wrong_tree_under_a_right_signature_is_refused()
    {
        var tree = new TestTree();
        var root = tree.Keys(TestTree.KeyIn(0, "b"), TestTree.KeyIn(0, "a"));
        Assert.Equal(RepoFault.NodeKeyOrder, await FaultOf(Builder().Sign(root, [.. tree.Nodes, (TestTree.Leaf, [0xa0])])));
        var good = tree.Keys(TestTree.KeyIn(0, "a"), TestTree.KeyIn(0, "b"));
        Assert.Null(await FaultOf(Builder().Sign(good, [.. tree.Nodes, (TestTree.Leaf, [0xa0])])));
    }

    [Theory]
    [InlineData("b", "a", RepoFault.NodeKeyOrder)] // smaller than the key before the subtree
    [InlineData("b", "c", null)]
    [InlineData("b", "z", RepoFault.NodeKeyOrder)] // beyond the key after the subtree
    public async Task A_key_far_below_that_does_not_fit_between_those_above_is_refused(string first, string below, RepoFault? expected)
    {
        // Three bridges lie between, so that the subtree is walked on its own.
        var tree = new TestTree();
        var key = TestTree.KeyIn(0, below);
        var child = tree.Node(null, (0, key, null, TestTree.Leaf));
        for (var layer = 1; layer < 5; layer++) child = tree.Node(child);
        var (low, high) = (TestTree.KeyIn(5, first), TestTree.KeyIn(5, "x"));
        var root = tree.Node(null, (0, low, child, TestTree.Leaf), (2, high[2..], null, TestTree.Leaf));
        Assert.Equal(expected, await FaultOf(Builder().Sign(root, [.. tree.Nodes, (TestTree.Leaf, [0xa0])])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task A_subtree_below_the_lowest_layer_is_refused_however_high_the_tree(int layer)
    {
        var tree = new TestTree();
        Assert.Null(await FaultOf(Signed(tree.Keys(TestTree.KeyIn(0, "b")))));
        var below = tree.Node(null, (0, TestTree.KeyIn(0, "b"), tree.Keys(TestTree.KeyIn(0, "d")), TestTree.Leaf));
        Assert.Equal(RepoFault.NodeLayer, await FaultOf(Signed(below)));

        BuiltRepo Signed(Cid lowest)
        {
            var root = lowest;
            for (var at = 1; at < layer; at++) root = tree.Node(root);
            if (layer > 0) root = tree.Node(null, (0, TestTree.KeyIn(layer, "a"), root, TestTree.Leaf));
            return Builder().Sign(root, [.. tree.Nodes, (TestTree.Leaf, [0xa0])]);
        }
    }

    [Fact]
    public async Task The_first_fault_in_tree_order_is_the_one_that_is_named()
    {
        var builder = Sample(2000);
        foreach (var number in new[] { 9, 5, 7, 3 }) builder.PutMissing($"app.bsky.feed.like/3k{number}", Cid.ForDagCbor([(byte)number]));
        for (var time = 0; time < 10; time++)
        {
            Assert.Contains("app.bsky.feed.like/3k3", (await ExceptionOf(builder.Build().ToCar()))?.Detail);
        }
    }

    [Fact]
    public async Task More_blobs_than_allowed_are_refused()
    {
        var builder = Builder();
        for (byte i = 0; i < 10; i++) builder.Put($"a.b.c/{i}", w => SampleRepo.Blob(w, Cid.ForRaw([i]), "a/b", 1));
        var path = Save(builder.Build().ToCar());
        (await Verify(10)).Dispose();
        Assert.Equal(RepoFault.TooManyBlobs, (await Assert.ThrowsAsync<RepoFaultException>(() => Verify(9))).Fault);

        Task<VerifiedRepo> Verify(int most) => RepoVerifier.VerifyFilesAsync(
            [path], Expected, new RepoLimits { MaxBlobs = most }, cancel: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("ffffffffffffffff7f", RepoFault.CarBlockSize)]
    [InlineData("a5808001", RepoFault.CarBlockSize)]
    [InlineData("a4808001", RepoFault.CarTruncated)]
    [InlineData("ffffffffffffffffff01", RepoFault.CarVarint)]
    [InlineData("a500", RepoFault.CarVarint)]
    [InlineData("05", RepoFault.CarBlockCid)]
    [InlineData("80", RepoFault.CarTruncated)]
    public async Task A_malformed_length_behind_good_blocks_is_refused(string hex, RepoFault expected)
    {
        var car = Sample().Build().ToCar();
        var fault = await ExceptionOf([.. car, .. Convert.FromHexString(hex)]);
        Assert.Equal(expected, fault?.Fault);
        Assert.Equal(car.Length, fault!.Offset);
    }

    [Theory]
    [InlineData(0, 0)] // version 0
    [InlineData(1, 0x70)] // dag-pb
    [InlineData(2, 0x13)] // sha2-512
    [InlineData(3, 0x14)] // 20 bytes
    public async Task A_block_named_by_another_kind_of_CID_is_refused_even_if_nothing_refers_to_it(int position, byte value)
    {
        var cid = Cid.ForRaw([1]).ToByteArray();
        cid[position] = value;
        Assert.Equal(RepoFault.CarBlockCid, await FaultOf([.. Sample().Build().ToCar(), 37, .. cid, 1]));
    }

    [Fact]
    public async Task Limits_on_bytes_and_blocks_hold_for_all_files_together()
    {
        var repo = Sample().Build();
        var files = new[] { Save(repo.ToCar()), Save(repo.ToCar()) };
        var bytes = files.Sum(f => new FileInfo(f).Length);
        Assert.Null(await Limited(new CarLimits { MaxBytes = bytes, MaxBlocks = 2 * repo.Blocks.Count }));
        Assert.Equal(RepoFault.CarTooLarge, await Limited(new CarLimits { MaxBytes = bytes - 1 }));
        Assert.Equal(RepoFault.CarTooManyBlocks, await Limited(new CarLimits { MaxBlocks = 2 * repo.Blocks.Count - 1 }));

        async Task<RepoFault?> Limited(CarLimits limits)
        {
            try
            {
                (await RepoVerifier.VerifyFilesAsync(files, Expected, new RepoLimits { Car = limits }, cancel: TestContext.Current.CancellationToken)).Dispose();
                return null;
            }
            catch (RepoFaultException e)
            {
                return e.Fault;
            }
        }
    }

    [Fact]
    public async Task Mixed_up_files_are_refused_or_give_the_same_records_and_never_anything_else()
    {
        var rounds = Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1" ? 200_000 : 3000;
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var repo = Sample(25).Build();
        var corpus = new[] { repo.ToCar(), repo.ToCar(BlockOrder.ByCid), Builder().Build().ToCar() };
        for (var round = 0; round < rounds; round++)
        {
            var car = ByteMutator.Mutate(random, corpus[random.Next(corpus.Length)]);
            var path = Save(car);
            try
            {
                using var verified = await RepoVerifier.VerifyFilesAsync([path], Expected, cancel: TestContext.Current.CancellationToken);
                Assert.True(verified.Records == 0 || verified.EnumerateRecords().SequenceEqual(repo.Records), $"seed {seed}, round {round}");
            }
            catch (RepoFaultException)
            {
                // Refused, as it should be: any other exception fails the test.
            }
            File.Delete(path);
        }
    }

    /// <summary>The commit of a good repository, written again with one thing wrong.</summary>
    private static byte[] Commit(BuiltRepo good, string damage)
    {
        var fields = CommitFields.Read(good.Blocks[0].Data, 0);
        var writer = new DagCborWriter();
        writer.BeginMap();
        if (Key("did"))
        {
            if (damage == "did is a number") writer.WriteInteger(7);
            else writer.WriteText(fields.Did);
        }
        if (Key("rev")) writer.WriteText(damage == "short rev" ? fields.Rev.ToString()[1..] : fields.Rev.ToString());
        if (Key("sig")) writer.WriteBytes(damage == "short sig" ? fields.Signature[1..] : fields.Signature);
        if (Key("data")) writer.WriteLink(damage == "raw data" ? Cid.ForRaw([1]) : fields.Data);
        if (Key("prev"))
        {
            if (damage == "changed prev") writer.WriteLink(good.Commit);
            else writer.WriteNull();
        }
        if (Key("version")) writer.WriteInteger(damage == "version 2" ? 2 : 3);
        if (damage == "another field")
        {
            writer.WriteKey("more");
            writer.WriteNull();
        }
        writer.EndMap();
        return writer.ToArray();

        bool Key(string name)
        {
            if (damage == $"without {name}") return false;
            writer.WriteKey(name);
            return true;
        }
    }
}
