using Migrator.Testing.Network;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedNetwork))]
