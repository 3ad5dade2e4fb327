namespace Migrator.Core.AtProto.Repo;

/// <summary>What an <see cref="MstCursor"/> stands at.</summary>
internal enum MstItem
{
    End,
    Record,
    Subtree,
}
