using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Runs checks on a copy of the library that counts its basic blocks.</summary>
/// <remarks>
/// The checks run in a copy of these tests as well, whose library is the copy, so that they need not know which one they test.
/// </remarks>
internal static class CoveredLibrary
{
    private static readonly List<string> Namespaces = [];
    private static readonly Assembly Tests = new Copies(Instrument()).LoadFromAssemblyPath(typeof(CoveredLibrary).Assembly.Location);
    private static readonly Action<byte[]?> CountInto = Same<Action<byte[]?>>(((Action<byte[]?>)BlockCounter.CountInto).Method);

    /// <summary>Gets the namespace of each block.</summary>
    internal static IReadOnlyList<string> NamespaceOfBlock => Namespaces;

    /// <summary>Returns the check in the copy. It adds the number of times that each block runs to the array.</summary>
    /// <param name="check">A static method.</param>
    internal static Action<byte[], byte[]> Count(Action<byte[]> check)
    {
        Action<byte[]> same = Same<Action<byte[]>>(check.Method);
        return (input, counts) =>
        {
            CountInto(counts);
            try
            {
                same(input);
            }
            finally
            {
                CountInto(null);
            }
        };
    }

    private static T Same<T>(MethodInfo method)
        where T : Delegate =>
        Tests.GetType(method.DeclaringType!.FullName!, throwOnError: true)!
            .GetMethod(method.Name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.CreateDelegate<T>();

    private static MemoryStream Instrument()
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(typeof(HandleSession).Assembly.Location);
        ModuleDefinition module = assembly.MainModule;
        MethodReference hit = module.ImportReference(typeof(BlockCounter).GetMethod(nameof(BlockCounter.Hit)));
        foreach (TypeDefinition type in module.GetTypes())
        {
            TypeDefinition outermost = type;
            while (outermost.DeclaringType is { } declaring)
                outermost = declaring;
            foreach (MethodDefinition method in type.Methods.Where(method => method.HasBody))
            {
                int blocks = Instrument(method.Body, hit, Namespaces.Count);
                Namespaces.AddRange(Enumerable.Repeat(outermost.Namespace, blocks));
            }
        }

        MemoryStream written = new();
        assembly.Write(written);
        written.Position = 0;
        return written;
    }

    /// <summary>Counts at the beginning, at each target of a branch, and behind each branch, and returns the number of these blocks.</summary>
    private static int Instrument(Mono.Cecil.Cil.MethodBody body, MethodReference hit, int firstBlock)
    {
        body.SimplifyMacros();
        ILProcessor il = body.GetILProcessor();
        HashSet<Instruction> starts = [body.Instructions[0]];
        foreach (Instruction instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
                starts.Add(target);
            else if (instruction.Operand is Instruction[] targets)
                starts.UnionWith(targets);
            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch)
                starts.Add(instruction.Next);
        }

        Instruction[] blocks = [.. body.Instructions.Where(starts.Contains)];
        for (int index = 0; index < blocks.Length; index++)
        {
            // The first instruction becomes the count and moves behind it, so that all branches to it are still right.
            Instruction start = blocks[index], moved = il.Create(OpCodes.Nop), call = il.Create(OpCodes.Call, hit);
            (moved.OpCode, moved.Operand) = (start.OpCode, start.Operand);
            (start.OpCode, start.Operand) = (OpCodes.Ldc_I4, firstBlock + index);
            il.InsertAfter(start, call);
            il.InsertAfter(call, moved);
        }

        body.OptimizeMacros();
        return blocks.Length;
    }

    /// <summary>Resolves the library and these tests to copies, and all else to what is loaded already.</summary>
    private sealed class Copies : AssemblyLoadContext
    {
        private readonly Assembly _library;

        internal Copies(MemoryStream library)
            : base(nameof(CoveredLibrary))
        {
            // At once, as several threads may ask for it first.
            _library = LoadFromStream(library);
        }

        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name == "HandlePool" ? _library
            : assemblyName.Name == Assembly.GetExecutingAssembly().GetName().Name ? LoadFromAssemblyPath(Assembly.GetExecutingAssembly().Location)
            : null;
    }
}
